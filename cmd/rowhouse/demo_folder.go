package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rowhouse-go/rowhouse/examples/polls/migrations"
)

// demoHost is the name below which the demo's tenants are found. Browsers and curl
// take every name below localhost to this machine.
const demoHost = "polls.localhost"

// demoPattern begins the names of temporary folders.
const demoPattern = "rowhouse-demo-"

// folder holds what a demo keeps: the configuration, the migrations, the database.
type folder struct {
	path      string
	temporary bool
}

// openFolder makes the folder, or a temporary one for "".
func openFolder(path string) (folder, error) {
	if path == "" {
		temp, err := os.MkdirTemp("", demoPattern)
		if err != nil {
			return folder{}, fmt.Errorf("make a folder for the demo: %w", err)
		}
		return folder{temp, true}, nil
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return folder{}, fmt.Errorf("make a folder for the demo: %w", err)
	}
	f := folder{path: path}
	return f, f.refuseForeign()
}

// refuseForeign keeps a demo from overwriting the configuration of a real project.
func (f folder) refuseForeign() error {
	if _, err := os.Stat(f.config()); err != nil {
		return nil
	}
	if f.kept() == "" {
		return usagef("%s was not written by a demo: choose another folder with --dir", f.config())
	}
	return nil
}

func (f folder) config() string { return filepath.Join(f.path, configFile) }

// kept is the engine of an earlier demo in this folder; "" is none.
func (f folder) kept() string {
	for _, engine := range []string{enginePostgres, engineSQLite} {
		if _, err := os.Stat(filepath.Join(f.path, engine)); err == nil {
			return engine
		}
	}
	return ""
}

// silos is the folder of the stacks of tenants that have their own. A database server
// of theirs may run as another user, who has to get through.
func (f folder) silos() (string, error) {
	const passable = 0o711
	if f.temporary {
		if err := os.Chmod(f.path, passable); err != nil {
			return "", err
		}
	}
	path := filepath.Join(f.path, "silos")
	return path, os.MkdirAll(path, passable)
}

// data is the folder of the database; "" lets it have a temporary one of its own,
// which the server's account can enter.
func (f folder) data() string {
	if f.temporary {
		return ""
	}
	return filepath.Join(f.path, enginePostgres)
}

// write puts the migrations and the configuration into the folder. The server has
// another port at each start. Only its owner may read the password.
func (f folder) write(values configValues) error {
	if err := f.writeMigrations(); err != nil {
		return fmt.Errorf("write the demo's migrations: %w", err)
	}
	values.Host = demoHost
	text, err := configText(values)
	if err != nil {
		return err
	}
	if err := os.WriteFile(f.config(), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the demo's configuration: %w", err)
	}
	return nil
}

// writeMigrations leaves alone what is there: it may have been applied.
func (f folder) writeMigrations() error {
	return fs.WalkDir(migrations.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(f.path, "migrations", filepath.FromSlash(name))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if _, err := os.Stat(target); err == nil {
			return nil
		}
		text, err := migrations.Files.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o644)
	})
}

// close removes a temporary folder.
func (f folder) close() error {
	if !f.temporary {
		return nil
	}
	return os.RemoveAll(f.path)
}
