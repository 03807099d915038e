package isolationtest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func doorSaboteurs() map[string]saboteur {
	return map[string]saboteur{
		"falls back to a tenant": {
			caught: []string{"no tenant"}, blind: []string{"visibility", "pool reuse"}, target: fallingBack,
		},
		"sends a statement again": {
			caught: []string{"writes"}, blind: []string{"no tenant", "prepared statements"}, target: wrapped(fault{repeats: true}),
		},
		"hides cancellation": {
			caught: []string{"cancellation"}, blind: []string{"visibility", "writes"}, target: wrapped(fault{hidesTimeouts: true}),
		},
		"keeps the tenant in a variable": {
			caught: []string{"concurrency"}, blind: []string{"visibility", "prepared statements"}, target: wrapped(fault{oneForAll: true}),
		},
		"remembers statements by their text": {
			caught: []string{"prepared statements"}, blind: []string{"visibility", "no tenant"}, target: byHand(fault{cachesByText: true}),
		},
		"enters a connection once": {
			caught: []string{"pool reuse", "visibility"}, blind: nil, target: byHand(fault{entersOnce: true}),
		},
		"reports success before the commit": {
			caught: []string{"writes"}, blind: []string{"visibility", "no tenant"}, target: byHand(fault{reportsEarly: true}),
		},
		"commits in spite of errors": {
			caught: []string{"aborted transaction"}, blind: []string{"visibility", "no tenant"}, target: byHand(fault{commitsAlways: true}),
		},
		"leaves rows open": {
			caught: []string{"panic", "pool reuse"}, target: byHand(fault{leavesRows: true}), patience: 200 * time.Millisecond,
		},
		"refuses nothing": {
			caught: []string{"escapes"}, target: byHand(fault{}), patience: 500 * time.Millisecond,
		},
	}
}

// byHand makes a door as one would write it in an afternoon: BEGIN, enter, the
// statement, COMMIT, over a pool of its own.
func byHand(f fault) func(*testing.T, *isolationtest.PostgresStreet) isolationtest.Opener {
	return func(test *testing.T, street *isolationtest.PostgresStreet) isolationtest.Opener {
		level := config(test).Level
		return func(t isolationtest.T, conns int) (isolationtest.Door, isolationtest.Connections) {
			pool := handPool(test, street.URL(), conns, f)
			t.Cleanup(func() { closeSoon(pool) })
			door := handDoor{pool: pool, level: level, street: street, fault: f, entered: map[*pgx.Conn]bool{}}
			return &door, isolationtest.Pool(pool)
		}
	}
}

func handPool(t *testing.T, url string, conns int, f fault) *pgxpool.Pool {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = int32(conns)
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	if f.cachesByText {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// closeSoon does not wait for what is never given back.
func closeSoon(pool *pgxpool.Pool) {
	done := make(chan struct{})
	go func() { pool.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(100 * time.Millisecond):
	}
}

type handDoor struct {
	pool    *pgxpool.Pool
	level   isolation.Level
	street  *isolationtest.PostgresStreet
	entered map[*pgx.Conn]bool
	fault
}

func (d *handDoor) Begin(ctx context.Context) (isolationtest.Tx, error) {
	named, err := tenant.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	t, err := d.street.Find(ctx, named.ID)
	if err != nil {
		return nil, err
	}
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := conn.Begin(ctx)
	if err == nil {
		err = d.enter(ctx, conn.Conn(), tx, t)
	}
	if err != nil {
		conn.Release()
		return nil, err
	}
	return &handTx{Tx: tx, id: t.ID, fault: d.fault, done: conn.Release}, nil
}

func (d *handDoor) enter(ctx context.Context, conn *pgx.Conn, tx pgx.Tx, t *tenant.Tenant) error {
	s := d.level.Enter(t.ID, t.Placement)
	if !d.entersOnce {
		_, err := tx.Exec(ctx, s.Inline(), pgx.QueryExecModeSimpleProtocol)
		return err
	}
	if d.entered[conn] {
		return nil
	}
	d.entered[conn] = true
	_, err := tx.Exec(ctx, "SELECT set_config('search_path', $1, false)", s.Args[0])
	return err
}

func (d *handDoor) Each(ctx context.Context, f func([]any) error, sql string, args ...any) error {
	tx, err := d.Begin(ctx)
	if err != nil {
		return err
	}
	if !d.leavesRows {
		defer tx.Rollback(context.WithoutCancel(ctx))
	}
	if err := tx.Each(ctx, f, sql, args...); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func (d *handDoor) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tx, err := d.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	n, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	if err := tx.Commit(ctx); err != nil && !d.reportsEarly {
		return 0, err
	}
	return n, nil
}

type handTx struct {
	pgx.Tx
	id   tenant.ID
	done func()
	over bool
	fault
}

func (t *handTx) check(ctx context.Context) error {
	named, err := tenant.FromContext(ctx)
	if err == nil && named.ID != t.id {
		return tenant.ErrMismatch
	}
	return nil
}

func (t *handTx) Each(ctx context.Context, f func([]any) error, sql string, args ...any) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	rows, err := t.Tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	if !t.leavesRows {
		defer rows.Close()
	}
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

func (t *handTx) Exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	if err := t.check(ctx); err != nil {
		return 0, err
	}
	run := func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sql, args...)
		n = tag.RowsAffected()
		return err
	}
	if t.commitsAlways {
		return n, pgx.BeginFunc(ctx, t.Tx, run)
	}
	return n, run(t.Tx)
}

func (t *handTx) Savepoint(context.Context) (isolationtest.Tx, error) {
	return nil, fmt.Errorf("savepoints: %w", errors.ErrUnsupported)
}

func (t *handTx) Commit(ctx context.Context) error {
	err := t.Tx.Commit(ctx)
	t.end()
	return err
}

func (t *handTx) Rollback(ctx context.Context) error {
	err := t.Tx.Rollback(context.WithoutCancel(ctx))
	t.end()
	return err
}

func (t *handTx) end() {
	if !t.over {
		t.over = true
		t.done()
	}
}
