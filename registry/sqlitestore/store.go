// Package sqlitestore keeps the list of tenants in an SQLite file. Several programs
// may use it at once; they hear of each other's changes by asking, as
// [registry.Watcher] does without a connection to listen on.
package sqlitestore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
	"github.com/rowhouse-go/rowhouse/internal/sqlstep"
	"github.com/rowhouse-go/rowhouse/registry"
)

//go:embed steps/*.sql
var stepFiles embed.FS

// Store is a [registry.Store] in a file. It is safe for concurrent use.
type Store struct {
	db    *sql.DB
	write chan struct{} // one writer at a time: SQLite's own waiting is not fair
}

var (
	_ registry.Store   = (*Store)(nil)
	_ registry.Changer = (*Store)(nil)
)

// conns bounds the connections of one store. Reads are short and need no more.
const conns = 8

// Open returns the store in a file, which [Store.Install] may have to make first.
// The caller closes it.
func Open(path string) (*Store, error) {
	db, err := sqlitefile.Open(path, sqlitefile.Create)
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return &Store{db: db, write: make(chan struct{}, 1)}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Installed reports whether the tables are there.
func (s *Store) Installed(ctx context.Context) (there bool, err error) {
	const query = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'tenants')"
	if err := s.db.QueryRowContext(ctx, query).Scan(&there); err != nil {
		return false, fmt.Errorf("sqlitestore: %w", err)
	}
	return there, nil
}

// Install makes the tables, or brings them up to date. It may be run again at any
// time, and by several programs at once. A file that a newer rowhouse installed is
// a [*sqlstep.NewerError].
func (s *Store) Install(ctx context.Context) error {
	steps, err := sqlstep.Files(stepFiles, "steps")
	if err != nil {
		return err
	}
	err = s.change(ctx, func(tx *sql.Tx) error {
		_, err := sqlstep.Apply(ctx, sqlitefile.Steps(tx), "registry", steps)
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlitestore: install: %w", err)
	}
	return nil
}

// change runs f in a transaction that has the write lock from its beginning.
func (s *Store) change(ctx context.Context, f func(*sql.Tx) error) error {
	select {
	case s.write <- struct{}{}:
		defer func() { <-s.write }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// now has the precision that the file keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
