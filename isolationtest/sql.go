package isolationtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// SQL adapts a [*sql.DB].
func SQL(db *sql.DB) Door { return sqlDoor{sqlRunner{db}, db} }

// SQLStatements adapts a [*sql.DB] and prepares every statement before it runs.
func SQLStatements(db *sql.DB) Door { return sqlDoor{sqlRunner{preparing{db}}, db} }

type sqlDB interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

type sqlRunner struct{ db sqlDB }

func (r sqlRunner) Each(ctx context.Context, f func([]any) error, query string, args ...any) error {
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := f(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r sqlRunner) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := r.db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

type sqlDoor struct {
	sqlRunner
	db *sql.DB
}

func (d sqlDoor) Begin(ctx context.Context) (Tx, error) {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return sqlTx{sqlRunner{tx}, tx}, nil
}

type sqlTx struct {
	sqlRunner
	tx *sql.Tx
}

func (t sqlTx) Savepoint(context.Context) (Tx, error) {
	return nil, fmt.Errorf("database/sql has no savepoints: %w", errors.ErrUnsupported)
}
func (t sqlTx) Commit(context.Context) error   { return t.tx.Commit() }
func (t sqlTx) Rollback(context.Context) error { return t.tx.Rollback() }

// preparing prepares each statement and closes it when it has run.
type preparing struct{ db *sql.DB }

func (p preparing) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	return stmt.QueryContext(ctx, args...)
}

func (p preparing) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	return stmt.ExecContext(ctx, args...)
}
