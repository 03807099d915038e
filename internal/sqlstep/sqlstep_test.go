package sqlstep_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/sqlstep"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	one = "CREATE TABLE rowhouse.a (id int); INSERT INTO rowhouse.a VALUES (1)"
	two = "ALTER TABLE rowhouse.a ADD COLUMN name text"
)

func TestApply(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	for _, c := range []struct {
		name    string
		steps   []string
		applied int
	}{
		{"a new database", []string{one}, 1},
		{"again", []string{one}, 0},
		{"a later program", []string{one, two}, 1},
		{"again", []string{one, two}, 0},
	} {
		if applied, err := apply(t, conn, "a", c.steps...); err != nil || applied != c.applied {
			t.Errorf("%s: applied %d, %v; want %d", c.name, applied, err, c.applied)
		}
	}
	if applied, err := apply(t, conn, "b", "CREATE TABLE rowhouse.b ()"); err != nil || applied != 1 {
		t.Errorf("another component: applied %d, %v; want 1", applied, err)
	}
	_, err := apply(t, conn, "a", one)
	newer, ok := errors.AsType[*sqlstep.NewerError](err)
	if !ok || newer.Component != "a" || newer.Database != 2 || newer.Program != 1 {
		t.Errorf("an earlier program: got %v, want a NewerError", err)
	}
}

func TestApplyLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	if _, err := apply(t, conn, "a", one, "CREATE TABLE rowhouse.c (); SELECT 1/0"); err == nil {
		t.Fatal("a step that fails was applied")
	}
	var left bool
	err := conn.QueryRow(t.Context(), "SELECT to_regnamespace('rowhouse') IS NOT NULL").Scan(&left)
	if err != nil || left {
		t.Errorf("schema rowhouse is left behind: %t, %v", left, err)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	steps, err := sqlstep.Files(fstest.MapFS{"s/0002_b.sql": file("b"), "s/0001_a.sql": file("a")}, "s")
	if err != nil || len(steps) != 2 || steps[0] != "a" || steps[1] != "b" {
		t.Errorf("got %v, %v", steps, err)
	}
	for _, names := range [][2]string{{"0001_a.sql", "0003_b.sql"}, {"0001_a.sql", "0001_b.sql"}, {"0001_a.sql", "x"}} {
		if _, err := sqlstep.Files(fstest.MapFS{"s/" + names[0]: file(""), "s/" + names[1]: file("")}, "s"); err == nil {
			t.Errorf("%v: no error", names)
		}
	}
}

func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func apply(t *testing.T, conn *pgx.Conn, component string, steps ...string) (applied int, err error) {
	t.Helper()
	err = pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) (err error) {
		applied, err = sqlstep.Apply(t.Context(), sqlstep.Postgres(tx), component, steps)
		return err
	})
	return applied, err
}
