package pglocal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

func TestDirectoriesThatCannotBeUsedAreRefusedUnchanged(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		file string // what is there already
		want error
	}{
		{"something else", "notes.txt", pglocal.ErrNotCluster},
		{"somebody else's cluster", "PG_VERSION", pglocal.ErrNotCluster},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte("15\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := pglocal.Start(t.Context(), pglocal.Options{Dir: dir})
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("the directory changed: %v %v", entries, err)
			}
		})
	}
}

func TestADirectoryThatCannotBeMadeSaysWhy(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := pglocal.Start(t.Context(), pglocal.Options{Dir: filepath.Join(file, "below")})
	var wrong *pglocal.DirError
	if !errors.As(err, &wrong) || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("got %v, want a DirError with the system's reason", err)
	}
}

// For root the server is another user, who may not enter root's home. For everybody
// else the same directory works.
func TestADirectoryClosedToTheServersUser(t *testing.T) {
	t.Parallel()
	closed, err := os.MkdirTemp("", "rowhouse-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(closed) })
	cluster, err := pglocal.Start(t.Context(), pglocal.Options{Dir: filepath.Join(closed, "cluster")})
	if os.Geteuid() != 0 {
		if err != nil {
			t.Fatal(err)
		}
		stop(t, cluster)
		return
	}
	var wrong *pglocal.DirError
	if !errors.As(err, &wrong) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want a DirError about permission", err)
	}
}

func TestThePasswordIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := sharedDir(t)
	start(t, pglocal.Options{Dir: dir})
	info, err := os.Stat(filepath.Join(dir, "rowhouse.password"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, want 0600", info.Mode().Perm())
	}
}
