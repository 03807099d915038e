package tenantpgx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Tx is a transaction of one tenant, or a savepoint in one. It implements
// [pgx.Tx] without embedding it. Conn returns nil, LargeObjects are unsupported:
// both would lead around the tenant.
type Tx struct {
	core   *core
	outer  *Tx       // nil for the transaction itself
	id     tenant.ID // zero for the shared tables
	depth  int       // 0 is the transaction itself
	closed bool
}

// ended reports whether the transaction is over, or one that it is a savepoint in:
// its connection may be somebody else's by now.
func (tx *Tx) ended() bool { return tx.closed || tx.outer != nil && tx.outer.ended() }

// core is what a transaction and its savepoints share.
type core struct {
	session pipe.Session
	release func()
	depth   int  // grows with each savepoint, for its name
	inserts bool // CopyFrom has to be sent as inserts
}

var _ pgx.Tx = (*Tx)(nil)

// usable refuses a closed transaction and a context that names another tenant.
func (tx *Tx) usable(ctx context.Context) error {
	if tx.ended() {
		return pgx.ErrTxClosed
	}
	t, err := tenant.FromContext(ctx)
	if err == nil && !tx.id.IsZero() && t.ID != tx.id {
		return fmt.Errorf("context names tenant %s: %w", t.Slug, tenant.ErrMismatch)
	}
	return nil
}

// Query runs a statement in the transaction.
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := tx.query(ctx, sql, args)
	if err != nil {
		return pipe.ErrRows(err), err
	}
	return rows, nil
}

// QueryRow runs a statement; its error comes from Scan.
func (tx *Tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := tx.query(ctx, sql, args)
	return pipe.RowOf(rows, err)
}

// Exec runs a statement and returns its tag.
func (tx *Tx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	rows, err := tx.query(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

func (tx *Tx) query(ctx context.Context, sql string, args []any) (*pipe.Rows, error) {
	if err := tx.usable(ctx); err != nil {
		return nil, err
	}
	statement, err := parse(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return tx.core.session.Query(ctx, statement)
}

// SendBatch sends the queued statements in one message.
func (tx *Tx) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if err := tx.usable(ctx); err != nil {
		return errBatch{err}
	}
	statements, err := parseBatch(ctx, batch)
	if err != nil {
		return errBatch{err}
	}
	results, err := tx.core.session.Batch(ctx, statements, batch.QueuedQueries)
	if err != nil {
		return errBatch{err}
	}
	return results
}

// CopyFrom copies rows into a table of the tenant. Where tenants share their tables
// the rows are sent as inserts.
func (tx *Tx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, source pgx.CopyFromSource) (int64, error) {
	if err := tx.usable(ctx); err != nil {
		return 0, err
	}
	if tx.core.inserts {
		return tx.core.insert(ctx, table, columns, source)
	}
	return tx.core.session.Conn.CopyFrom(ctx, table, columns, source)
}

// Prepare is refused: a named statement would outlive the transaction, and with
// it the tenant. Statements are described and reused per tenant without it.
func (tx *Tx) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, fmt.Errorf("prepare a named statement: %w", errors.ErrUnsupported)
}

// LargeObjects returns an unusable value: large objects belong to no schema, so
// any tenant could read them by number.
func (tx *Tx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// Conn returns nil.
func (tx *Tx) Conn() *pgx.Conn { return nil }

// Operate gives the connection to an operation of this module, such as creating a
// tenant in the application's own transaction. Applications cannot call it.
func (tx *Tx) Operate(pipe.Operator) *pgx.Conn { return tx.core.session.Conn }

// Begin sets a savepoint.
func (tx *Tx) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := tx.usable(ctx); err != nil {
		return nil, err
	}
	tx.core.depth++
	inner := &Tx{core: tx.core, outer: tx, id: tx.id, depth: tx.core.depth}
	if err := inner.control(ctx, "SAVEPOINT "+inner.savepoint()); err != nil {
		return nil, err
	}
	return inner, nil
}

func (tx *Tx) savepoint() string { return fmt.Sprintf("rowhouse_%d", tx.depth) }

// control runs a statement of the transaction itself, which [check] refuses to
// applications.
func (tx *Tx) control(ctx context.Context, sql string) error {
	_, err := tx.core.session.Conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// Commit commits, or releases the savepoint. Where the transaction had failed it
// is rolled back and the error is [pgx.ErrTxCommitRollback].
func (tx *Tx) Commit(ctx context.Context) error {
	if tx.ended() {
		return pgx.ErrTxClosed
	}
	if tx.depth > 0 {
		tx.closed = true
		return tx.control(ctx, "RELEASE SAVEPOINT "+tx.savepoint())
	}
	return tx.end(ctx, "COMMIT")
}

// Rollback rolls back, or rolls back to the savepoint. After Commit it is
// [pgx.ErrTxClosed], so that it can be deferred.
func (tx *Tx) Rollback(ctx context.Context) error {
	if tx.ended() {
		return pgx.ErrTxClosed
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if tx.depth > 0 {
		return tx.undo(ctx)
	}
	return tx.end(ctx, "ROLLBACK")
}

// undo rolls back to the savepoint. Where that fails the connection is closed: the
// outer transaction must not commit what should have been undone.
func (tx *Tx) undo(ctx context.Context) error {
	tx.closed = true
	err := tx.control(ctx, "ROLLBACK TO SAVEPOINT "+tx.savepoint())
	if err != nil {
		hangUp(tx.core.session.Conn)
	}
	return err
}

// lasting returns a context in which a rollback can still be sent: a cancelled
// request gives back a clean connection too.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// end closes the transaction and gives the connection back: idle, or closed.
func (tx *Tx) end(ctx context.Context, sql string) error {
	tx.closed = true
	defer tx.core.release()
	pg := tx.core.session.Conn.PgConn()
	results, err := pg.Exec(ctx, sql).ReadAll()
	if pg.IsClosed() || pg.TxStatus() != 'I' {
		hangUp(tx.core.session.Conn)
	}
	if err == nil && sql == "COMMIT" && results[0].CommandTag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return err
}

// rollback ends a transaction whatever became of its context.
func rollback(tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = tx.Rollback(ctx)
}

func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
