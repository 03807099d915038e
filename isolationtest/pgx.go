package isolationtest

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// PGX adapts the pgx door; every statement is sent in the given mode.
func PGX(db *tenantpgx.DB, mode pgx.QueryExecMode) Door {
	return pgxDoor{pgxRunner{db, mode}, db}
}

// pgxDB is what the pgx door and its transactions have in common.
type pgxDB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

type pgxRunner struct {
	db   pgxDB
	mode pgx.QueryExecMode
}

func (r pgxRunner) args(args []any) []any { return append([]any{r.mode}, args...) }

func (r pgxRunner) Each(ctx context.Context, f func([]any) error, sql string, args ...any) error {
	rows, err := r.db.Query(ctx, sql, r.args(args)...)
	if err != nil {
		return err
	}
	return eachRow(rows, f)
}

func eachRow(rows pgx.Rows, f func([]any) error) error {
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		if err := f(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r pgxRunner) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := r.db.Exec(ctx, sql, r.args(args)...)
	return tag.RowsAffected(), err
}

type pgxDoor struct {
	pgxRunner
	db *tenantpgx.DB
}

func (d pgxDoor) Begin(ctx context.Context) (Tx, error) { return begun(d.mode)(d.db.Begin(ctx)) }

func (d pgxDoor) Copy(ctx context.Context, table string, columns []string, rows [][]any) (int64, error) {
	return d.db.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
}

type pgxTx struct {
	pgxRunner
	tx pgx.Tx
}

func begun(mode pgx.QueryExecMode) func(pgx.Tx, error) (Tx, error) {
	return func(tx pgx.Tx, err error) (Tx, error) {
		if err != nil {
			return nil, err
		}
		return pgxTx{pgxRunner{tx, mode}, tx}, nil
	}
}

func (t pgxTx) Savepoint(ctx context.Context) (Tx, error) { return begun(t.mode)(t.tx.Begin(ctx)) }
func (t pgxTx) Commit(ctx context.Context) error          { return t.tx.Commit(ctx) }
func (t pgxTx) Rollback(ctx context.Context) error        { return t.tx.Rollback(ctx) }
