// Package tenantpgx is the pgx door: a [DB] looks like a pgx pool, and every
// statement sent through it sees the tenant that its context names, and nothing
// else.
//
// No session state is ever used. The entering statement and the application's
// statement travel as one message and share one transaction; it sets the search
// path for that transaction alone, takes the tenant's lock and verifies that the
// tenant is where its placement says. That holds behind a transaction pooler too.
package tenantpgx

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Directory knows tenants by id. A registry's cache is one.
type Directory interface {
	// Lookup returns the tenant as the cache knows it.
	Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error)
	// Refresh reads the tenant anew.
	Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error)
}

// Pools lends connections.
type Pools interface {
	// Acquire borrows a connection to a database of a server; an empty one is the
	// server's own. The second result gives it back.
	Acquire(ctx context.Context, server, database string) (*pgx.Conn, func(), error)
	// Forget is told where a tenant was not found.
	Forget(server, database string)
	// Pooled reports whether the server is behind a transaction pooler, where no
	// statement may be named.
	Pooled(server string) bool
}

// Config is what a door needs.
type Config struct {
	Directory Directory
	Pools     Pools
	Levels    isolation.Levels
	Names     isolation.Names
	// Main is the server that holds the shared tables.
	Main string
	// Types are names of enums, composites, domains and arrays (_name) that tenants'
	// schemas hold and that values are scanned into or made of as such. They are
	// loaded once per connection and tenant, since each tenant's have oids of their
	// own. Without it such values are text.
	Types []string
	// Descriptions bounds how many statements' types are remembered; 0 is 4096.
	Descriptions int
	// Patience is how long entering waits for a registry that has not yet heard of a
	// fence: the time between the two commits of a move. 0 is 5 seconds, which is long
	// for that: giving up is an error for a tenant that is all right. No connection is
	// held meanwhile.
	Patience time.Duration
}

// DB runs statements for the tenant in the context. It has the shapes of sqlc's
// DBTX and of pgx's Begin, SendBatch and CopyFrom. It is safe for concurrent use.
//
// Statements that would change the session (SET, RESET, LISTEN, PREPARE …),
// control transactions or run outside of them are refused with [ErrRefused].
type DB struct {
	locate       locator
	pools        Pools
	types        []string
	descriptions *pipe.Descriptions
	patience     time.Duration
	shared       *DB
}

// New returns the door.
func New(c Config) *DB {
	if c.Descriptions == 0 {
		c.Descriptions = 4096
	}
	if c.Patience == 0 {
		c.Patience = 5 * time.Second
	}
	descriptions := pipe.NewDescriptions(c.Descriptions)
	return &DB{
		locate:       &tenantLocator{directory: c.Directory, levels: c.Levels},
		pools:        c.Pools,
		types:        c.Types,
		descriptions: descriptions,
		patience:     c.Patience,
		shared: &DB{
			locate:       sharedLocator{server: c.Main, names: c.Names},
			pools:        c.Pools,
			descriptions: descriptions,
		},
	}
}

// Shared returns the same door to the shared tables alone. The context's tenant
// does not matter there.
func (db *DB) Shared() *DB {
	if db.shared == nil {
		return db
	}
	return db.shared
}

// Query runs a statement and returns its rows. Its errors are those of pgx, and
// besides: [tenant.ErrMissing] where the context names no tenant,
// [tenant.ErrStatus] where the tenant is not served, [tenant.ErrMoved] where it is
// not at its placement, [ErrRefused] for a statement that is never let through.
func (db *DB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := db.query(ctx, sql, args)
	if err != nil {
		return pipe.ErrRows(err), err
	}
	return rows, nil
}

// QueryRow runs a statement; its error comes from Scan.
func (db *DB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := db.query(ctx, sql, args)
	return pipe.RowOf(rows, err)
}

// Exec runs a statement and returns its tag. Success means that it is committed.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	rows, err := db.query(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

func (db *DB) query(ctx context.Context, sql string, args []any) (*pipe.Rows, error) {
	statement, err := parse(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return enter(ctx, db, func(_ home, s pipe.Session) (*pipe.Rows, error) {
		return s.Query(ctx, statement)
	})
}

// SendBatch sends the queued statements for the tenant in one message. Outside a
// transaction the batch is a transaction of its own.
func (db *DB) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	statements, err := parseBatch(ctx, batch)
	if err != nil {
		return errBatch{err}
	}
	results, err := enter(ctx, db, func(_ home, s pipe.Session) (*pipe.BatchResults, error) {
		return s.Batch(ctx, statements, batch.QueuedQueries)
	})
	if err != nil {
		return errBatch{err}
	}
	return results
}

// CopyFrom copies rows into a table of the tenant, all or none.
func (db *DB) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, source pgx.CopyFromSource) (int64, error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer rollback(tx)
	n, err := tx.CopyFrom(ctx, table, columns, source)
	if err != nil {
		return 0, err
	}
	if err := tx.Commit(ctx); err != nil {
		return 0, fmt.Errorf("copy: %w", err)
	}
	return n, nil
}
