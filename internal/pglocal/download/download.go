// Package download brings PostgreSQL's server programs from the network, for machines
// that have none. Only programs that offer it link it.
package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	embedded "github.com/fergusstrange/embedded-postgres"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

// Version is what is downloaded.
const Version = embedded.V17

// Installation returns programs in a cache directory, downloading them (about 30 MB)
// where they are not there yet. It fits [pglocal.Options.Download].
func Installation(ctx context.Context) (pglocal.Installation, error) {
	cache, err := cacheDir()
	if err != nil {
		return pglocal.Installation{}, fmt.Errorf("a place for PostgreSQL's programs: %w", err)
	}
	return installationIn(ctx, filepath.Join(cache, "rowhouse", "postgresql-"+string(Version)))
}

// cacheDir is not in root's home, which the user that the server runs as for root
// cannot enter.
func cacheDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/cache", nil
	}
	return os.UserCacheDir()
}

func installationIn(ctx context.Context, dir string) (pglocal.Installation, error) {
	bin := filepath.Join(dir, "bin")
	if !complete(bin) {
		if err := fetch(ctx, dir); err != nil {
			return pglocal.Installation{}, err
		}
	}
	return pglocal.Find(bin)
}

// complete looks for the program that an extraction writes near its end and that
// nothing works without.
func complete(bin string) bool {
	for _, program := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := os.Stat(filepath.Join(bin, program)); err != nil {
			return false
		}
	}
	return true
}

// fetch extracts beside dir and renames, so that an interrupted download leaves
// nothing that looks like an installation.
func fetch(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	next, err := os.MkdirTemp(filepath.Dir(dir), ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(next) // gone after the rename
	if err := extract(ctx, next); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(next, "pg"), dir); err != nil && !complete(filepath.Join(dir, "bin")) {
		return err
	}
	return nil
}

// extract lets the library do all that it does, which includes starting a server of
// its own: it has no call that only downloads. Its server is stopped again; that it
// cannot start as root does not matter once the programs are there.
func extract(ctx context.Context, next string) error {
	port, err := pglocal.FreePort()
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- startAndStop(library(next, uint32(port))) }()
	select {
	case err = <-done:
	case <-ctx.Done(): // the library takes no context: its download ends on its own
		return ctx.Err()
	}
	if complete(filepath.Join(next, "pg", "bin")) {
		return nil
	}
	return fmt.Errorf("bring PostgreSQL %s: %w", Version, errors.Join(err, pglocal.ErrNotFound))
}

func library(next string, port uint32) *embedded.EmbeddedPostgres {
	return embedded.NewDatabase(embedded.DefaultConfig().
		Version(Version).
		Port(port).
		CachePath(filepath.Join(next, "archive")).
		BinariesPath(filepath.Join(next, "pg")).
		RuntimePath(filepath.Join(next, "run")).
		StartTimeout(time.Minute).
		Logger(io.Discard))
}

func startAndStop(once *embedded.EmbeddedPostgres) error {
	if err := once.Start(); err != nil {
		return err
	}
	return once.Stop()
}
