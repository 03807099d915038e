package tenantsql_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantsql"
)

const who = "SELECT name FROM people WHERE id = $1"

func TestEachContextSeesItsOwnTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	for _, slug := range []string{"a", "b", "a"} {
		if got := text(t, w.db, w.as(t, slug), who, 1); got != slug {
			t.Errorf("%s reads %s", slug, got)
		}
	}
	inner := tenant.NewContext(w.as(t, "a"), w.tenants["b"])
	if got := text(t, w.db, inner, who, 1); got != "b" {
		t.Errorf("the nested context reads %s", got)
	}
	w.idle(t)
}

func TestQueryReturnsAllRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	exec(t, w.db, ctx, "INSERT INTO people VALUES ($1, $2), ($3, $4)", 2, "x", 3, nil)
	rows, err := w.db.QueryContext(ctx, "SELECT id, name FROM people ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var id int
		var name sql.NullString
		if err := rows.Scan(&id, &name); err != nil {
			t.Fatal(err)
		}
		got = append(got, name.String)
	}
	if err := rows.Err(); err != nil || !slices.Equal(got, []string{"a", "x", ""}) {
		t.Errorf("got %q, %v", got, err)
	}
	w.idle(t)
}

func TestAnEmptyResultHasColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	rows, err := w.db.QueryContext(w.as(t, "a"), "SELECT id, name FROM people WHERE false")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	// Somebody else uses the connection before the columns are asked for.
	text(t, w.db, w.as(t, "b"), "SELECT 'x' AS other")
	names, err := rows.Columns()
	if err != nil || !slices.Equal(names, []string{"id", "name"}) {
		t.Errorf("columns %q, %v", names, err)
	}
	if rows.Next() || rows.Err() != nil {
		t.Errorf("a row, or %v", rows.Err())
	}
}

func TestExecCountsRowsAndHasNoLastInsertID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	result, err := w.db.ExecContext(w.as(t, "a"), "INSERT INTO people SELECT n, n::text FROM generate_series(10, 14) n")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 5 || err != nil {
		t.Errorf("%d rows affected, %v", n, err)
	}
	if _, err := result.LastInsertId(); err == nil {
		t.Error("PostgreSQL has no last insert id")
	}
	if got := text(t, w.db, w.as(t, "b"), "SELECT count(*)::text FROM people"); got != "1" {
		t.Errorf("b has %s people", got)
	}
}

func TestWithoutATenantNothingRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	_, queryErr := w.db.Query("SELECT 1")
	_, execErr := w.db.Exec("DELETE FROM people")
	_, beginErr := w.db.Begin()
	stmt, prepareErr := w.db.Prepare("SELECT 1")
	if prepareErr != nil {
		t.Fatal(prepareErr)
	}
	defer stmt.Close()
	_, stmtErr := stmt.Query()
	for what, err := range map[string]error{
		"query": queryErr, "exec": execErr, "begin": beginErr, "stmt": stmtErr,
		"row":     w.db.QueryRow("SELECT 1").Scan(new(int)),
		"context": w.db.QueryRowContext(t.Context(), "SELECT 1").Scan(new(int)),
	} {
		if !errors.Is(err, tenant.ErrMissing) {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.idle(t)
}

func TestTheSharedDoorNeedsNoTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	shared := tenantsql.Open(w.door.Shared())
	defer shared.Close()
	if got := text(t, shared, t.Context(), "SELECT name FROM plans"); got != "free" {
		t.Errorf("the plan is %s", got)
	}
	if err := shared.QueryRowContext(w.as(t, "a"), who, 1).Scan(new(string)); !isCode(err, "42P01") {
		t.Errorf("people through the shared door: %v", err)
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	if err := w.db.Ping(); err != nil {
		t.Errorf("a ping needs no tenant: %v", err)
	}
	w.pool.Close()
	if err := w.db.Ping(); err == nil {
		t.Error("a closed pool answers")
	}
	unasked := tenantsql.Open(w.door)
	defer unasked.Close()
	if err := unasked.Ping(); err != nil {
		t.Errorf("nobody was to be asked: %v", err)
	}
}

func TestServerErrorsArriveWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	cases := map[string]struct{ query, code string }{
		"unique":     {"INSERT INTO people VALUES (1, 'again')", "23505"},
		"syntax":     {"SELEC 1", "42601"},
		"no table":   {"SELECT * FROM nowhere", "42P01"},
		"later row":  {"SELECT 1 / (3 - n) FROM generate_series(1, 5) n", "22012"},
		"two in one": {"SELECT 1; SELECT 2", "42601"},
	}
	for name, c := range cases {
		_, err := w.db.ExecContext(ctx, c.query)
		if !isCode(err, c.code) || errors.Is(err, driver.ErrBadConn) {
			t.Errorf("%s, exec: %v", name, err)
		}
		if err := readAll(ctx, w.db, c.query); !isCode(err, c.code) {
			t.Errorf("%s, query: %v", name, err)
		}
	}
	w.idle(t)
}

// A deferred constraint fails after the last row: a nil error of Scan must mean that
// the statement is committed.
func TestSuccessIsReportedAfterTheSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.inside(t, "a", "CREATE TABLE pets (owner int REFERENCES people DEFERRABLE INITIALLY DEFERRED)")
	ctx := w.as(t, "a")
	const orphan = "INSERT INTO pets VALUES (99) RETURNING owner"
	if err := w.db.QueryRowContext(ctx, orphan).Scan(new(int)); !isCode(err, "23503") {
		t.Errorf("query row: %v", err)
	}
	if _, err := w.db.ExecContext(ctx, orphan); !isCode(err, "23503") {
		t.Errorf("exec: %v", err)
	}
	w.idle(t)
}

func isCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

func readAll(ctx context.Context, db *sql.DB, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}
