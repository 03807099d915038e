package tenantsql_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"
)

func TestACancelledStatementLeavesACleanPool(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	before := backend(t, w)
	for name, run := range map[string]func(context.Context) error{
		"exec":  func(ctx context.Context) error { _, err := w.db.ExecContext(ctx, "SELECT pg_sleep(30)"); return err },
		"query": func(ctx context.Context) error { return readAll(ctx, w.db, "SELECT pg_sleep(30)") },
		"rows": func(ctx context.Context) error {
			return readAll(ctx, w.db, "SELECT CASE WHEN n < 5 THEN '' ELSE pg_sleep(30)::text END FROM generate_series(1, 9) n")
		},
	} {
		ctx, cancel := context.WithTimeout(w.as(t, "a"), 50*time.Millisecond)
		start := time.Now()
		if err := run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s took %s", name, took)
		}
		w.idle(t)
	}
	if after := backend(t, w); after != before {
		t.Errorf("the connection was replaced: %s, %s", before, after)
	}
}

func TestRowsThatNobodyClosesAreClosedByTheirContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx, cancel := context.WithCancel(w.as(t, "a"))
	rows, err := w.db.QueryContext(ctx, "SELECT n FROM generate_series(1, 1000000) n")
	if err != nil || !rows.Next() {
		t.Fatal("no rows", err)
	}
	cancel()
	if got := text(t, w.db, w.as(t, "b"), who, 1); got != "b" { // waits for the only connection
		t.Errorf("b reads %s", got)
	}
	for rows.Next() {
	}
	if !errors.Is(rows.Err(), context.Canceled) {
		t.Errorf("the rows ended with %v", rows.Err())
	}
	w.idle(t)
}

func TestATransactionEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	before := backend(t, w)
	ctx, cancel := context.WithCancel(w.as(t, "a"))
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, ctx, "DELETE FROM people")
	cancel()
	if got := text(t, w.db, w.as(t, "a"), who, 1); got != "a" { // waits for the rollback
		t.Errorf("a reads %s", got)
	}
	if err := tx.Commit(); err == nil {
		t.Error("committed after its context was cancelled")
	}
	if after := backend(t, w); after != before {
		t.Errorf("the connection was replaced: %s, %s", before, after)
	}
	w.idle(t)
}

// The rollback that database/sql starts by itself must wait for the statement that
// is under way on the same connection: the race detector watches.
func TestTheRollbackOfAContextWaitsForStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	for range 40 {
		ctx, cancel := context.WithCancel(w.as(t, "a"))
		tx, err := w.db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, ctx, "UPDATE people SET name = 'changed'")
		done := make(chan struct{})
		go func() {
			defer close(done)
			keepBusy(tx, w.as(t, "a"))
		}()
		time.Sleep(time.Millisecond)
		cancel()
		<-done
		_ = tx.Rollback()
		if got := text(t, w.db, w.as(t, "a"), who, 1); got != "a" {
			t.Fatalf("a reads %s", got)
		}
	}
	w.idle(t)
}

// keepBusy works until the transaction is over. Its context outlives the
// transaction's.
func keepBusy(tx *sql.Tx, ctx context.Context) {
	for {
		rows, err := tx.QueryContext(ctx, "SELECT id, name FROM people, generate_series(1, 200)")
		if err != nil {
			return
		}
		for rows.Next() {
			_ = rows.Scan(new(int), new(string))
		}
		_ = rows.Close()
	}
}

func TestCancellingInsideATransactionFailsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	tx := begin(t, w, "a", nil)
	exec(t, tx, w.as(t, "a"), "DELETE FROM people")
	ctx, cancel := context.WithTimeout(w.as(t, "a"), 50*time.Millisecond)
	defer cancel()
	if _, err := tx.ExecContext(ctx, "SELECT pg_sleep(30)"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the statement: %v", err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("the transaction committed")
	}
	if got := text(t, w.db, w.as(t, "a"), who, 1); got != "a" {
		t.Errorf("a reads %s", got)
	}
	w.idle(t)
}

// A server that goes away in the middle of a write is an error, never a retry.
func TestALostConnectionIsNotRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	ctx := w.as(t, "a")
	if _, err := w.db.ExecContext(ctx, "CREATE SEQUENCE tries"); err != nil {
		t.Fatal(err)
	}
	// A sequence keeps counting whatever becomes of its transaction.
	_, err := w.db.ExecContext(ctx, "SELECT nextval('tries'), pg_terminate_backend(pg_backend_pid())")
	if err == nil {
		t.Error("the connection was lost and nobody says so")
	}
	if got := text(t, w.db, ctx, "SELECT nextval('tries')::text"); got != "2" {
		t.Errorf("the statement ran more than once: the next number is %s", got)
	}
	w.idle(t)
}

func backend(t *testing.T, w *world) string {
	t.Helper()
	return text(t, w.db, w.as(t, "a"), "SELECT pg_backend_pid()::text")
}
