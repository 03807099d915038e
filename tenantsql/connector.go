// Package tenantsql is the database/sql door: [Open] returns a [*sql.DB] for GORM,
// ent, bun, sqlx and sqlc, and every statement sent through it sees the tenant that
// its context names, and nothing else.
//
// The connections that database/sql counts are virtual. One holds no connection to a
// server: a statement borrows one from the pgx door for as long as it runs, a
// transaction until it ends. So a [*sql.Stmt] prepared under one tenant's context runs
// for the tenant of the context it is executed with, a [*sql.Conn] has no session to
// leave anything in, and idle connections cost nothing.
//
// A statement without a tenant is [tenant.ErrMissing]; that includes every method
// without a context, such as [sql.DB.Query]. Inside a transaction those methods use
// the transaction's tenant, and a context that names another one is
// [tenant.ErrMismatch].
//
// Values arrive as pgx's own database/sql driver delivers them. What differs from it:
//   - preparing sends nothing, so a syntax error shows at the first execution;
//   - [sql.Conn.Raw] reaches no *pgx.Conn;
//   - [sql.Named] is refused instead of being taken by position;
//   - one statement per call: several in one text are refused by the server.
package tenantsql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Door runs statements for the tenant that the context names. The pgx door is one,
// and so is its door to the shared tables.
type Door interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// Option changes what [Open] returns.
type Option func(*connector)

// PingThrough makes [sql.DB.PingContext] ask the server through door, usually the one
// to the shared tables: a ping names no tenant. Without this option a ping succeeds
// without asking anybody.
func PingThrough(door Door) Option {
	return func(c *connector) { c.ping = door }
}

// Open returns door as a [*sql.DB]. Nothing is connected yet.
//
// How many statements run at once is bounded by the door's pool; the limits of the
// [*sql.DB] bound only virtual connections and are best left alone. Closing the
// [*sql.DB] leaves the door open.
func Open(door Door, options ...Option) *sql.DB {
	c := &connector{door: door, formats: resultFormats(), types: pgtype.NewMap()}
	for _, option := range options {
		option(c)
	}
	return sql.OpenDB(c)
}

type connector struct {
	door    Door
	ping    Door // nil: nobody is asked
	formats pgx.QueryResultFormatsByOID
	types   *pgtype.Map // only read, so that connections can share it
}

// Connect makes a virtual connection.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	return &conn{connector: c}, nil
}

// Driver returns a driver that opens nothing: a name cannot carry a door.
func (c *connector) Driver() driver.Driver { return closedDriver{} }

type closedDriver struct{}

func (closedDriver) Open(string) (driver.Conn, error) {
	return nil, fmt.Errorf("tenantsql: open by name: %w; use tenantsql.Open", errors.ErrUnsupported)
}
