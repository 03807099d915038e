package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrBusy: all connections of the program's own pool are in use. That says nothing of
// the registry, which may answer everybody else.
var ErrBusy = errors.New("all connections of the pool are in use")

// Pooled is a pool as a [DB]. It tells a pool without a free connection, which is
// [ErrBusy], from a server that does not answer.
type Pooled struct{ *pgxpool.Pool }

// Query implements [DB].
func (p Pooled) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := p.Pool.Query(ctx, sql, args...)
	if p.full(ctx, err) {
		err = fmt.Errorf("%w: %w", ErrBusy, err)
		return noRows{Rows: rows, err: err}, err
	}
	return rows, err
}

// QueryRow implements [DB].
func (p Pooled) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, _ := p.Query(ctx, sql, args...)
	return oneRow{rows}
}

// full reports whether err is that of waiting for a connection: it is then the
// context's own, where a server that hangs gives pgx's, and nothing is being opened.
func (p Pooled) full(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() == nil || err != ctx.Err() { //nolint:errorlint // wrapped ones are not meant
		return false
	}
	stat := p.Stat()
	return stat.AcquiredConns() >= stat.MaxConns() && stat.ConstructingConns() == 0
}

// noRows are rows that did not come.
type noRows struct {
	pgx.Rows
	err error
}

// Err implements [pgx.Rows].
func (r noRows) Err() error { return r.err }

// oneRow is the first of some rows.
type oneRow struct{ rows pgx.Rows }

// Scan implements [pgx.Row].
func (r oneRow) Scan(into ...any) error {
	defer r.rows.Close()
	if r.rows.Err() == nil && r.rows.Next() {
		if err := r.rows.Scan(into...); err != nil {
			return err
		}
		r.rows.Close()
		return r.rows.Err()
	}
	if err := r.rows.Err(); err != nil {
		return err
	}
	return pgx.ErrNoRows
}
