package tenantsql

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/textstmt"
)

// errInTx: database/sql never begins twice on a connection, callers of
// [sql.Conn.Raw] can.
var errInTx = errors.New("tenantsql: the connection is in a transaction already")

// conn is a virtual connection. It never returns [driver.ErrBadConn], on which
// database/sql would send a statement again that may have been executed. Like every
// [driver.Conn] it is used by one goroutine at a time: database/sql holds a lock
// around each call, also when it rolls back because a context ended.
type conn struct {
	connector  *connector
	tx         pgx.Tx      // nil outside a transaction
	savepoints []savepoint // of tx, oldest first
}

var (
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
	_ driver.Pinger             = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
)

// QueryContext runs a statement and reads its first row: many errors come with it.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.query(ctx, query, plain(args, c.connector.formats))
	if err != nil {
		return nil, err
	}
	return firstRow(rows, c.connector.types)
}

// ExecContext runs a statement to its end. Outside a transaction a nil error means
// that it is committed.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if done, err := c.nest(ctx, query); done {
		return driver.RowsAffected(0), err
	}
	rows, err := c.query(ctx, query, execArgs(args))
	if err != nil {
		return nil, err
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return driver.RowsAffected(rows.CommandTag().RowsAffected()), nil
}

func (c *conn) query(ctx context.Context, query string, args []any) (pgx.Rows, error) {
	if c.tx != nil {
		return c.tx.Query(ctx, query, args...)
	}
	return c.connector.door.Query(ctx, query, args...)
}

// PrepareContext keeps the text.
func (c *conn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return textstmt.New(c, query), nil
}

// Prepare keeps the text.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return textstmt.New(c, query), nil
}

// Ping asks the server if [PingThrough] said through which door.
func (c *conn) Ping(ctx context.Context) error {
	if c.connector.ping == nil {
		return nil
	}
	rows, err := c.connector.ping.Query(ctx, "SELECT 1")
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

// IsValid reports whether the connection may be used by somebody else.
func (c *conn) IsValid() bool { return c.tx == nil }

// Close rolls back what is still open.
func (c *conn) Close() error {
	if c.tx == nil {
		return nil
	}
	return (&tx{conn: c, ctx: context.Background()}).Rollback()
}
