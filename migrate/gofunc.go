package migrate

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// applyGo runs a Go migration between the entering statement and the ledger's.
func (r *Runner) applyGo(ctx context.Context, conn *pgx.Conn, t *target, count int, m *Migration, down bool) error {
	run, entry := m.Go.Up, addToLedger(t, batch{m})
	if down {
		run, entry = m.Go.Down, removeFromLedger(t, m)
	}
	before := &message{}
	before.add(beginMigration)
	before.enter(t, count)
	if err := before.run(ctx, conn); err != nil {
		return err
	}
	err := callGo(ctx, conn, run)
	if err == nil {
		after := &message{}
		after.verify(t)
		after.add(entry)
		after.add("COMMIT")
		err = after.run(ctx, conn)
	}
	clean(ctx, conn)
	return errors.Join(err, forget(ctx, conn))
}

// callGo hands the open transaction to the function. A panic is an error like any
// other: it must not take the other tenants' workers with it.
func callGo(ctx context.Context, conn *pgx.Conn, run func(context.Context, pgx.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the Go migration panicked: %v\n%s", p, debug.Stack())
		}
	}()
	if err := run(ctx, &goTx{conn: conn}); err != nil {
		return err
	}
	if conn.PgConn().TxStatus() != 'T' {
		return errEnded
	}
	return nil
}

// forget drops the statements that were prepared: for the next tenant they would
// still mean this one's tables.
func forget(ctx context.Context, conn *pgx.Conn) error {
	if conn.IsClosed() {
		return nil
	}
	return conn.DeallocateAll(ctx)
}

var errEnded = errors.New("the Go migration ended its transaction, or left it failed: return the error instead")

var errNotYours = errors.New("the transaction of a Go migration is ended by the runner: return nil or an error")

// goTx is the transaction of a Go migration. It embeds nothing, so that no method
// passes by unseen.
type goTx struct{ conn *pgx.Conn }

var _ pgx.Tx = (*goTx)(nil)

// Begin makes a savepoint.
func (x *goTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if _, err := x.conn.Exec(ctx, "SAVEPOINT rowhouse_go"); err != nil {
		return nil, err
	}
	return &goSavepoint{goTx: goTx{conn: x.conn}}, nil
}

func (x *goTx) Commit(context.Context) error   { return errNotYours }
func (x *goTx) Rollback(context.Context) error { return errNotYours }

func (x *goTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return x.conn.CopyFrom(ctx, table, columns, rows)
}

func (x *goTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return x.conn.SendBatch(ctx, b)
}

// LargeObjects belong to the database and to no tenant; the value is not usable.
func (x *goTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

func (x *goTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return x.conn.Prepare(ctx, name, sql)
}

func (x *goTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return x.conn.Exec(ctx, sql, args...)
}

func (x *goTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return x.conn.Query(ctx, sql, args...)
}

func (x *goTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return x.conn.QueryRow(ctx, sql, args...)
}

// Conn returns nil: what is done on the connection itself would outlive the tenant.
func (x *goTx) Conn() *pgx.Conn { return nil }
