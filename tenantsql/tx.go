package tenantsql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// rollbackTime bounds a rollback, which has no context of its own.
const rollbackTime = 5 * time.Second

// tx ends the transaction of its connection.
type tx struct {
	conn *conn
	ctx  context.Context
}

// Begin starts a transaction without a context, so without a tenant: it is refused
// by the door of tenants.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// BeginTx starts a transaction for the tenant in ctx. It holds a connection of the
// door until it ends.
func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if c.tx != nil {
		return nil, errInTx
	}
	translated, err := txOptions(options)
	if err != nil {
		return nil, err
	}
	if c.tx, err = c.connector.door.BeginTx(ctx, translated); err != nil {
		c.tx = nil // the door may have returned a nil pointer in it
		return nil, err
	}
	return &tx{conn: c, ctx: ctx}, nil
}

// Commit runs under the context of BeginTx, as deferred constraints may take their
// time.
func (t *tx) Commit() error {
	inner, err := t.end()
	if err != nil {
		return err
	}
	return inner.Commit(t.ctx)
}

// Rollback runs even where the context of BeginTx has ended: that is when
// database/sql calls it by itself.
func (t *tx) Rollback() error {
	inner, err := t.end()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), rollbackTime)
	defer cancel()
	return inner.Rollback(ctx)
}

// end takes the transaction off the connection. Whatever ending it gives, the door
// has the physical connection back and the virtual one is free.
func (t *tx) end() (pgx.Tx, error) {
	inner := t.conn.tx
	if inner == nil {
		return nil, sql.ErrTxDone
	}
	t.conn.tx, t.conn.savepoints = nil, nil
	return inner, nil
}

func txOptions(o driver.TxOptions) (pgx.TxOptions, error) {
	var options pgx.TxOptions
	if o.ReadOnly {
		options.AccessMode = pgx.ReadOnly
	}
	switch level := sql.IsolationLevel(o.Isolation); level {
	case sql.LevelDefault:
	case sql.LevelReadUncommitted:
		options.IsoLevel = pgx.ReadUncommitted
	case sql.LevelReadCommitted:
		options.IsoLevel = pgx.ReadCommitted
	case sql.LevelRepeatableRead, sql.LevelSnapshot:
		options.IsoLevel = pgx.RepeatableRead
	case sql.LevelSerializable:
		options.IsoLevel = pgx.Serializable
	default:
		return options, fmt.Errorf("tenantsql: isolation level %s: %w", level, errors.ErrUnsupported)
	}
	return options, nil
}
