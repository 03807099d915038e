package pipe_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/pipe"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bench is one connection with a table numbers, and how often it was given back.
type bench struct {
	pipe.Session
	done int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	const tables = `CREATE SCHEMA home; CREATE TABLE home.numbers (n int PRIMARY KEY);
		CREATE TABLE home.refs (n int REFERENCES home.numbers DEFERRABLE INITIALLY DEFERRED)`
	if _, err := conn.Exec(t.Context(), tables, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	b := &bench{}
	b.Session = pipe.Session{
		Conn: conn, Descriptions: pipe.NewDescriptions(10), Scope: pipe.Scope{Schema: "home"},
		Enter: &pipe.Enter{SQL: "SELECT set_config('search_path', $1, true)", Values: [][]byte{[]byte("home")}},
		Done:  func() { b.done++ },
	}
	return b
}

// run sends a statement, reads its rows and checks that the connection came back once.
func (b *bench) run(t *testing.T, sql string, args ...any) (rows int, err error) {
	t.Helper()
	b.done = 0
	statement, err := pipe.Parse(t.Context(), sql, args)
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.Query(t.Context(), statement)
	if err == nil {
		for got.Next() {
			rows++
		}
		err = got.Err()
	}
	if b.done != 1 {
		t.Errorf("%s: given back %d times", sql, b.done)
	}
	return rows, err
}

func TestStatementsRunInsideAndLeaveNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 4 { // described, named, reused
		if _, err := b.run(t, "INSERT INTO numbers SELECT coalesce(max(n), 0) + $1::int FROM numbers", 1); err != nil {
			t.Fatal(err)
		}
	}
	if rows, err := b.run(t, "SELECT n FROM numbers"); rows != 4 || err != nil {
		t.Errorf("%d rows, %v", rows, err)
	}
	var path string
	if err := b.Conn.QueryRow(t.Context(), "SHOW search_path").Scan(&path); err != nil || path == "home" {
		t.Errorf("the path is %s, %v", path, err)
	}
}

func TestErrorsSayWhetherAnythingRan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var entering *pipe.EnterError
	cases := map[string]struct{ enter, sql, code string }{
		"entering":   {"SELECT 1 / length($1 || '') - 1 / 0", "INSERT INTO home.numbers VALUES (1)", "22012"},
		"statement":  {"", "SELECT 1 / 0", "22012"},
		"later row":  {"", "SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n", "22012"},
		"at the end": {"", "INSERT INTO home.refs VALUES (99) RETURNING n", "23503"},
		"syntax":     {"", "SELEC", "42601"},
	}
	for name, c := range cases {
		usual := *b.Enter
		if c.enter != "" {
			b.Enter.SQL = c.enter
		}
		_, err := b.run(t, c.sql)
		b.Enter = &usual
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != c.code || errors.As(err, &entering) != (c.enter != "") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if rows, err := b.run(t, "SELECT n FROM numbers UNION ALL SELECT n FROM refs"); rows != 0 || err != nil {
		t.Errorf("%d rows were stored, %v", rows, err)
	}
}

// A statement that leaves a transaction open, or ends one, costs the connection: the
// next one would work in it.
func TestAConnectionInAnotherStateIsClosed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, err := b.run(t, "BEGIN"); !errors.Is(err, pipe.ErrState) || !b.Conn.IsClosed() {
		t.Errorf("%v, closed: %v", err, b.Conn.IsClosed())
	}
	if _, err := b.run(t, "SELECT 1"); err == nil {
		t.Error("a closed connection answers")
	}
}

func TestNothingIsNamedBehindAPooler(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Unnamed = true
	for range 3 {
		if _, err := b.run(t, "SELECT n FROM numbers WHERE n = $1", 1); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := b.Conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements", pgx.QueryExecModeExec).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d named statements, %v", n, err)
	}
}

// More statements than a connection may hold: old ones are deallocated.
func TestNamedStatementsAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 600 {
		for range 2 {
			if _, err := b.run(t, fmt.Sprintf("SELECT n AS x%d FROM numbers WHERE n = $1", i), i); err != nil {
				t.Fatal(err)
			}
		}
	}
	var n int
	if err := b.Conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements", pgx.QueryExecModeExec).Scan(&n); err != nil || n > 512 {
		t.Errorf("%d named statements, %v", n, err)
	}
}
