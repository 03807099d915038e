package diff_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/diff"
)

// A runner knows the files that there were when it was made. Those that were written
// since count, or they would be written again.
func TestOfReadsTheFolderNow(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tenant")
	of := func(scope migrate.Scope) diff.Config {
		c, err := diff.Of(migrate.Config{Main: "main", Shared: migrate.Source{{Version: 7}}}, scope, dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := of(migrate.Tenant); len(c.Tenant) != 0 || len(c.Shared) != 1 || c.Main != "main" {
		t.Errorf("without a folder: %+v", c)
	}
	file := filepath.Join(dir, "0001_begin.sql")
	write := func(text string) {
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("-- +goose Up\nCREATE TABLE polls ();\n")
	if c := of(migrate.Tenant); len(c.Tenant) != 1 || len(c.Shared) != 1 {
		t.Errorf("with a file: %+v", c)
	}
	if c := of(migrate.Shared); len(c.Tenant) != 0 || c.Shared[0].Version != 1 {
		t.Errorf("of the shared scope: %+v", c)
	}
	write("CREATE TABLE polls ();")
	if _, err := diff.Of(migrate.Config{}, migrate.Tenant, dir, nil); err == nil {
		t.Error("a file that cannot be read was passed over")
	}
}

func TestOfRefusesBrokenFiles(t *testing.T) {
	t.Parallel()
	_, err := diff.Of(migrate.Config{Broken: fs.ErrInvalid}, migrate.Tenant, t.TempDir(), nil)
	if !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
