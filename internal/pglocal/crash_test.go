package pglocal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

func TestAServerThatDiesWhileStartingIsNoticed(t *testing.T) {
	t.Parallel()
	_, err := pglocal.Start(t.Context(), pglocal.Options{Throwaway: true, Settings: map[string]string{"shared_buffers": "a lot"}})
	var died *pglocal.DiedError
	if !errors.As(err, &died) || !errors.Is(err, pglocal.ErrDied) {
		t.Fatalf("got %v, want a DiedError", err)
	}
	if !strings.Contains(died.Log, "shared_buffers") {
		t.Errorf("the log's tail does not say why: %q", died.Log)
	}
}

// After kill -9 of the program its server ends as well, and the data directory
// starts again with what was committed.
func TestAKilledProgramLeavesADirectoryThatStartsAgain(t *testing.T) {
	t.Parallel()
	dir := sharedDir(t)
	program, url := spawn(t, dir)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 7 AS n"); err != nil {
		t.Fatal(err)
	}
	kill(program)
	again := start(t, pglocal.Options{Dir: dir})
	var n int
	query(t, again, "SELECT n FROM kept", &n)
	if n != 7 {
		t.Errorf("n is %d", n)
	}
}

// The number in the pid file of a crashed server may be another process's by now:
// PostgreSQL alone would refuse to start for ever.
func TestAStalePidFileOfAnotherProcessDoesNotHinder(t *testing.T) {
	t.Parallel()
	dir := sharedDir(t)
	stop(t, start(t, pglocal.Options{Dir: dir}))
	stale := strangersPid(t) + "\n" + dir + "\n1\n5432\n" + dir + "\n127.0.0.1\n1 1\nready\n"
	if err := os.WriteFile(filepath.Join(dir, "postmaster.pid"), []byte(stale), 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, pglocal.Options{Dir: dir})
}

// strangersPid is the id of a process of the server's own account that has nothing
// to do with PostgreSQL.
func strangersPid(t *testing.T) string {
	t.Helper()
	stranger, err := pglocal.StartCompanion(t.Context(), "/bin/sh", nil, "-c", "echo $$; exec sleep 60")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stranger.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	for stranger.Log() == "" {
		time.Sleep(time.Millisecond)
	}
	return stranger.Log()
}

func TestALiveServersDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	dir := sharedDir(t)
	spawn(t, dir)
	refused(t, dir)
	// Also where the lock is gone, and only the server itself tells.
	if err := os.Remove(filepath.Join(dir, "rowhouse.lock")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rowhouse.lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, dir)
}

func refused(t *testing.T, dir string) {
	t.Helper()
	_, err := pglocal.Start(t.Context(), pglocal.Options{Dir: dir})
	if !errors.Is(err, pglocal.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
}

// A start that was killed half way is begun again, not believed.
func TestAHalfMadeDirectoryIsMadeAgain(t *testing.T) {
	t.Parallel()
	dir := sharedDir(t)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rowhouse.lock", "rowhouse.incomplete", "PG_VERSION"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("15\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	query(t, start(t, pglocal.Options{Dir: dir}), "SELECT 1")
	if exists(filepath.Join(dir, "rowhouse.incomplete")) {
		t.Error("still marked as incomplete")
	}
}

// Processes that meet in an empty cache all start, and leave one template.
func TestProcessesMakeTheTemplateAtOnce(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	var group sync.WaitGroup
	for range 3 {
		dir := sharedDir(t)
		group.Go(func() {
			if _, line := spawn(t, dir, "XDG_CACHE_HOME="+cache, "HOME="+cache); strings.HasPrefix(line, "failed") {
				t.Error(line)
			}
		})
	}
	group.Wait()
	templates, err := filepath.Glob(filepath.Join(userCache(cache), "rowhouse", "*", "PG_VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	if len(templates) != 1 {
		t.Errorf("templates in the cache: %v, want one", templates)
	}
}

// userCache is os.UserCacheDir of a process whose HOME and XDG_CACHE_HOME are dir.
func userCache(dir string) string {
	if runtime.GOOS == "darwin" {
		return filepath.Join(dir, "Library", "Caches")
	}
	return dir
}

func TestAStartHasATimeLimit(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache) // the fake's template must not reach the real one
	t.Setenv("HOME", cache)
	_, err := pglocal.Start(t.Context(), pglocal.Options{Throwaway: true, Bin: fakeBin(t), StartTimeout: 2 * time.Second})
	var died *pglocal.DiedError
	if !errors.As(err, &died) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want a DiedError that is out of time", err)
	}
	if !strings.Contains(died.Log, "thinking") {
		t.Errorf("no log: %q", died.Log)
	}
}

// fakeBin is an installation whose server never gets ready.
func fakeBin(t *testing.T) string {
	t.Helper()
	dir := sharedDir(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{
		"initdb":   "#!/bin/sh\nfor last; do :; done\nmkdir \"$last\" && echo 15 >\"$last/PG_VERSION\"\n",
		"postgres": "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'postgres (PostgreSQL) 15.0'; exit; }\necho thinking\nexec sleep 60\n",
	}
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
