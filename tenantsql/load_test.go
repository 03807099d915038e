package tenantsql_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// Many goroutines, few connections, every way to run a statement: each result must be
// the tenant's own. Not parallel, so that goroutines left behind are this test's.
func TestManyGoroutinesOnFewConnections(t *testing.T) {
	slugs := []string{"v", "w", "x", "y", "z"}
	url := pgtest.Database(t)
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) }) // after the pools are closed
	w := openWorld(t, url, 4, slugs...)
	shared, err := w.db.PrepareContext(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			for turn := range 20 {
				slug := slugs[(i+turn)%len(slugs)]
				if got, err := oneOf(turn, w, shared, w.as(t, slug)); got != slug || err != nil {
					t.Errorf("%s reads %q, %v", slug, got, err)
				}
			}
		})
	}
	all.Wait()
	w.idle(t)
	_ = shared.Close()
	_ = w.db.Close()
}

func oneOf(turn int, w *world, shared *sql.Stmt, ctx context.Context) (name string, err error) {
	switch turn % 4 {
	case 0:
		err = w.db.QueryRowContext(ctx, who, 1).Scan(&name)
	case 1:
		err = shared.QueryRowContext(ctx, 1).Scan(&name)
	case 2:
		err = inConn(w, ctx, &name)
	case 3:
		err = inTx(w, ctx, &name)
	}
	return name, err
}

func inConn(w *world, ctx context.Context, name *string) error {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.QueryRowContext(ctx, who, 1).Scan(name)
}

// inTx writes as well, and leaves an error behind every other time.
func inTx(w *world, ctx context.Context, name *string) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "CREATE TEMP TABLE people (id int, name text) ON COMMIT DROP"); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO pg_temp.people VALUES (1, 'stranger')"); err == nil {
		return fmt.Errorf("pg_temp was to be refused")
	}
	if err := tx.QueryRowContext(ctx, who, 1).Scan(name); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "SELECT 1 / 0"); !isCode(err, "22012") {
		return fmt.Errorf("division by zero: %w", err)
	}
	return nil
}
