package sqlitedoor

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// tx is a transaction of one tenant's.
type tx struct {
	conn    *conn
	ctx     context.Context
	id      tenant.ID
	session *sqlite.Session
	failed  bool // as on PostgreSQL nothing goes on after an error but a way back
}

// Begin starts a transaction without a context, so without a tenant: it is refused.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// BeginTx starts a transaction for the tenant in ctx. One in a tenant that is read
// only can read.
func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if c.tx != nil {
		return nil, errInTx
	}
	// Every transaction of SQLite is serializable, which is all of these and more.
	switch level := sql.IsolationLevel(options.Isolation); level {
	case sql.LevelDefault, sql.LevelReadUncommitted, sql.LevelReadCommitted, sql.LevelRepeatableRead,
		sql.LevelSnapshot, sql.LevelSerializable:
	default:
		return nil, fmt.Errorf("sqlitedoor: isolation level %s: %w", level, errors.ErrUnsupported)
	}
	s, id, err := c.connector.enter(ctx, !options.ReadOnly)
	if errors.Is(err, sqlite.ErrReadOnly) {
		s, id, err = c.connector.enter(ctx, false)
	}
	if err != nil {
		return nil, err
	}
	c.tx = &tx{conn: c, ctx: ctx, id: id, session: s}
	return c.tx, nil
}

// same refuses a context that names another tenant. One that names none means the
// transaction's.
func (t *tx) same(ctx context.Context) error {
	named, err := tenant.FromContext(ctx)
	if err == nil && named.ID != t.id {
		return fmt.Errorf("tenant %s: %w", named.Slug, tenant.ErrMismatch)
	}
	return nil
}

func (t *tx) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	rows, err := query1(ctx, t.session, query, args)
	if err != nil {
		return nil, t.after(err)
	}
	return &inside{rows, t}, nil
}

func (t *tx) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	t.failed = t.failed && !goesBack(query)
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	result, err := exec1(ctx, t.session, query, args)
	return result, t.after(err)
}

// open says why a statement cannot run in the transaction.
func (t *tx) open(ctx context.Context) error {
	if err := t.same(ctx); err != nil {
		return err
	}
	if t.failed {
		return coded(sqlite.ErrAborted)
	}
	return coded(t.session.Open())
}

// after notes that a statement failed, and whether that was the transaction's end.
func (t *tx) after(err error) error {
	if err == nil {
		return nil
	}
	t.failed = true
	return coded(errors.Join(err, t.session.Check()))
}

// Commit runs under the context of BeginTx.
func (t *tx) Commit() error {
	if t.conn.tx != t {
		return sql.ErrTxDone
	}
	t.conn.tx = nil
	if t.failed {
		return coded(errors.Join(sqlite.ErrAborted, t.session.Rollback()))
	}
	return coded(t.session.Commit(t.ctx))
}

// Rollback runs even where the context of BeginTx has ended.
func (t *tx) Rollback() error {
	if t.conn.tx != t {
		return sql.ErrTxDone
	}
	t.conn.tx = nil
	return t.session.Rollback()
}
