package tenantsql_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestAStatementRunsForTheTenantOfItsExecution(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	stmt, err := w.db.PrepareContext(w.as(t, "a"), who)
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	for _, slug := range []string{"b", "a", "b"} {
		if got := stmtText(t, stmt, w.as(t, slug), 1); got != slug {
			t.Errorf("%s reads %s", slug, got)
		}
	}
	w.idle(t)
}

func TestAStatementInATransactionIsTheTransactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	onDB, err := w.db.PrepareContext(w.as(t, "b"), who)
	if err != nil {
		t.Fatal(err)
	}
	defer onDB.Close()
	tx := begin(t, w, "a", nil)
	defer tx.Rollback()
	exec(t, tx, w.as(t, "a"), "UPDATE people SET name = 'changed'")
	onTx, err := tx.PrepareContext(w.as(t, "a"), who)
	if err != nil {
		t.Fatal(err)
	}
	for name, stmt := range map[string]*sql.Stmt{"tx.Stmt": tx.StmtContext(w.as(t, "a"), onDB), "tx.Prepare": onTx} {
		if got := stmtText(t, stmt, w.as(t, "a"), 1); got != "changed" {
			t.Errorf("%s reads %s", name, got)
		}
		if err := stmt.QueryRowContext(w.as(t, "b"), 1).Scan(new(string)); !errors.Is(err, tenant.ErrMismatch) {
			t.Errorf("%s for b: %v", name, err)
		}
	}
}

func TestAPreparedWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	stmt, err := w.db.PrepareContext(w.as(t, "a"), "INSERT INTO people VALUES ($1, $2)")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	result, err := stmt.ExecContext(w.as(t, "b"), 2, "new")
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n != 1 {
		t.Errorf("%d rows", n)
	}
	if got := text(t, w.db, w.as(t, "b"), who, 2); got != "new" {
		t.Errorf("b reads %s", got)
	}
	if err := w.db.QueryRowContext(w.as(t, "a"), who, 2).Scan(new(string)); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("a reads b's row: %v", err)
	}
	if _, err := stmt.ExecContext(w.as(t, "b"), 3); err == nil {
		t.Error("an argument is missing and nobody says so")
	}
}

func stmtText(t *testing.T, stmt *sql.Stmt, ctx context.Context, args ...any) string {
	t.Helper()
	var s string
	if err := stmt.QueryRowContext(ctx, args...).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}
