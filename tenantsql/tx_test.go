package tenantsql_test

import (
	"database/sql"
	"errors"
	"strconv"
	"testing"

	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestATransactionCommitsAndRollsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	for _, c := range []struct {
		id   int
		end  func(*sql.Tx) error
		want string
	}{{2, (*sql.Tx).Commit, "2"}, {3, (*sql.Tx).Rollback, "2"}} {
		tx := begin(t, w, "a", nil)
		exec(t, tx, ctx, "INSERT INTO people VALUES ($1)", c.id)
		if got := text(t, tx, ctx, "SELECT id::text FROM people WHERE id = $1", c.id); got != strconv.Itoa(c.id) {
			t.Errorf("the transaction reads %q", got)
		}
		if err := c.end(tx); err != nil {
			t.Fatal(err)
		}
		if got := text(t, w.db, ctx, "SELECT max(id)::text FROM people"); got != c.want {
			t.Errorf("the highest id is %s, want %s", got, c.want)
		}
		if err := tx.Commit(); !errors.Is(err, sql.ErrTxDone) {
			t.Errorf("ended twice: %v", err)
		}
	}
	w.idle(t)
}

func TestTransactionOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	for level, want := range map[sql.IsolationLevel]string{
		sql.LevelDefault: "read committed", sql.LevelReadUncommitted: "read uncommitted",
		sql.LevelReadCommitted: "read committed", sql.LevelRepeatableRead: "repeatable read",
		sql.LevelSnapshot: "repeatable read", sql.LevelSerializable: "serializable",
	} {
		tx := begin(t, w, "a", &sql.TxOptions{Isolation: level, ReadOnly: true})
		if got := text(t, tx, ctx, "SELECT current_setting('transaction_isolation')"); got != want {
			t.Errorf("%s is %s", level, got)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM people"); !isCode(err, "25006") {
			t.Errorf("a write in a read-only transaction: %v", err)
		}
		_ = tx.Rollback()
	}
	if _, err := w.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelLinearizable}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("linearizable: %v", err)
	}
	w.idle(t)
}

func TestATransactionHasOneTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	tx := begin(t, w, "a", nil)
	defer tx.Rollback()
	if err := tx.QueryRowContext(w.as(t, "b"), who, 1).Scan(new(string)); !errors.Is(err, tenant.ErrMismatch) {
		t.Errorf("a query for b: %v", err)
	}
	if _, err := tx.ExecContext(w.as(t, "b"), "DELETE FROM people"); !errors.Is(err, tenant.ErrMismatch) {
		t.Errorf("a write for b: %v", err)
	}
	// Nothing was sent, so the transaction goes on; without a context it is its own.
	if got := text(t, tx, w.as(t, "a"), who, 1); got != "a" {
		t.Errorf("a reads %s", got)
	}
	var name string
	if err := tx.QueryRow(who, 1).Scan(&name); err != nil || name != "a" {
		t.Errorf("without a context: %s, %v", name, err)
	}
}

func TestAFailedTransactionCannotCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	tx := begin(t, w, "a", nil)
	exec(t, tx, ctx, "INSERT INTO people VALUES (2, 'x')")
	if _, err := tx.ExecContext(ctx, "INSERT INTO people VALUES (1, 'again')"); !isCode(err, "23505") {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(ctx, "SELECT 1"); !isCode(err, "25P02") {
		t.Errorf("after the error: %v", err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("a failed transaction says that it is committed")
	}
	if got := text(t, w.db, ctx, "SELECT count(*)::text FROM people"); got != "1" {
		t.Errorf("%s people", got)
	}
	w.idle(t)
}

func TestADeferredConstraintFailsTheCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.inside(t, "a", "CREATE TABLE pets (owner int REFERENCES people DEFERRABLE INITIALLY DEFERRED)")
	tx := begin(t, w, "a", nil)
	exec(t, tx, w.as(t, "a"), "INSERT INTO pets VALUES (99)")
	if err := tx.Commit(); !isCode(err, "23503") {
		t.Errorf("commit: %v", err)
	}
	w.idle(t)
}

func TestAPanicRollsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	func() {
		defer func() { _ = recover() }()
		tx := begin(t, w, "a", nil)
		defer tx.Rollback()
		exec(t, tx, ctx, "DELETE FROM people")
		rows, err := tx.QueryContext(ctx, "SELECT n FROM generate_series(1, 100000) n")
		if err != nil || !rows.Next() {
			t.Error("no rows to leave open")
		}
		panic("in the middle of it")
	}()
	if got := text(t, w.db, ctx, who, 1); got != "a" {
		t.Errorf("a reads %s", got)
	}
	w.idle(t)
}

func begin(t testing.TB, w *world, slug string, options *sql.TxOptions) *sql.Tx {
	t.Helper()
	tx, err := w.db.BeginTx(w.as(t, slug), options)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}
