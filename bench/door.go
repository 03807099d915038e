package main

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

const keyed = "SELECT id, email, name FROM users WHERE id = $1"

// queryer is what both sides have.
type queryer interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Begin(ctx context.Context) (pgx.Tx, error)
}

// door compares reads through the pgx door, one tenant after the other, with the
// same reads through a plain pool that knows one schema only.
func door(ctx context.Context, w *world) error {
	n := 0
	each := func(f func(context.Context, int64) error) side {
		return func(ctx context.Context) error {
			n++
			return f(tenant.NewContext(ctx, w.tenants[n%tenants]), int64(1+n%1000))
		}
	}
	if err := w.compare(ctx, "keyed SELECT, 50 tenants", "1.10, 1.15",
		each(func(ctx context.Context, id int64) error { return read(ctx, w.door, id) }),
		each(func(ctx context.Context, id int64) error { return read(ctx, w.plain, id) }),
	); err != nil {
		return err
	}
	return w.compare(ctx, "BEGIN, keyed SELECT, COMMIT", "1.12",
		each(func(ctx context.Context, id int64) error { return inTx(ctx, w.door, id) }),
		each(func(ctx context.Context, id int64) error { return inTx(ctx, w.plain, id) }),
	)
}

func read(ctx context.Context, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, id int64) error {
	var email, name string
	return db.QueryRow(ctx, keyed, id).Scan(&id, &email, &name)
}

func inTx(ctx context.Context, db queryer, id int64) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error { return read(ctx, tx, id) })
}
