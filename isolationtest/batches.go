package isolationtest

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// Batches adapts the pgx door so that every statement travels in a batch of three.
func Batches(db *tenantpgx.DB) Door { return batchDoor{batchRunner{db}, db} }

type batcher interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

type batchRunner struct{ db batcher }

// send queues sql between two statements that do nothing and goes to its result.
func (r batchRunner) send(ctx context.Context, sql string, args []any) pgx.BatchResults {
	batch := &pgx.Batch{}
	batch.Queue("SELECT 1")
	batch.Queue(sql, args...)
	batch.Queue("SELECT 2")
	results := r.db.SendBatch(ctx, batch)
	// Its error is the next result's too.
	_, _ = results.Exec()
	return results
}

func (r batchRunner) Each(ctx context.Context, f func([]any) error, sql string, args ...any) (err error) {
	results := r.send(ctx, sql, args)
	defer func() {
		if closeErr := results.Close(); err == nil {
			err = closeErr
		}
	}()
	rows, err := results.Query()
	if err != nil {
		return err
	}
	return eachRow(rows, f)
}

func (r batchRunner) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	results := r.send(ctx, sql, args)
	tag, err := results.Exec()
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return tag.RowsAffected(), err
}

type batchDoor struct {
	batchRunner
	db *tenantpgx.DB
}

func (d batchDoor) Begin(ctx context.Context) (Tx, error) { return batched(d.db.Begin(ctx)) }

type batchTx struct {
	batchRunner
	tx pgx.Tx
}

func batched(tx pgx.Tx, err error) (Tx, error) {
	if err != nil {
		return nil, err
	}
	return batchTx{batchRunner{tx}, tx}, nil
}

func (t batchTx) Savepoint(ctx context.Context) (Tx, error) { return batched(t.tx.Begin(ctx)) }
func (t batchTx) Commit(ctx context.Context) error          { return t.tx.Commit(ctx) }
func (t batchTx) Rollback(ctx context.Context) error        { return t.tx.Rollback(ctx) }
