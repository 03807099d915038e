package tenantsql_test

import (
	"database/sql"
	"testing"
	"time"
)

// Trap 1: tables of one name that differ from tenant to tenant, seen in turn over one
// connection. A type remembered from the wrong tenant fails, or silently finds nothing.
func TestSameNamesWithOtherTypes(t *testing.T) {
	t.Parallel()
	const moment = "2026-01-02 03:04:05+02"
	cases := map[string]struct {
		a, b  string // scripts that make the table things
		query string
		arg   any
		want  map[string]any
	}{
		"enum of its own": {
			a:     "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE things (v mood); INSERT INTO things VALUES ('ok')",
			b:     "CREATE TYPE mood AS ENUM ('ok', 'glad', 'sad'); CREATE TABLE things (v mood); INSERT INTO things VALUES ('ok')",
			query: "SELECT v FROM things WHERE v = $1", arg: "ok",
			want: map[string]any{"a": "ok", "b": "ok"},
		},
		"enum that the door loads": {
			a:     "CREATE TABLE things (v shade); INSERT INTO things VALUES ('dark')",
			b:     "ALTER TYPE shade ADD VALUE 'none' BEFORE 'light'; CREATE TABLE things (v shade); INSERT INTO things VALUES ('dark')",
			query: "SELECT v FROM things WHERE v = $1", arg: "dark",
			want: map[string]any{"a": "dark", "b": "dark"},
		},
		"enum and text": {
			a:     "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE things (v mood); INSERT INTO things VALUES ('ok')",
			b:     "CREATE TABLE things (v text); INSERT INTO things VALUES ('ok')",
			query: "SELECT v FROM things WHERE v = $1", arg: "ok",
			want: map[string]any{"a": "ok", "b": "ok"},
		},
		"timestamp and timestamptz": {
			a:     "CREATE TABLE things (v timestamptz); INSERT INTO things VALUES ('" + moment + "')",
			b:     "CREATE TABLE things (v timestamp); INSERT INTO things VALUES ('2026-01-02 03:04:05')",
			query: "SELECT v FROM things WHERE v = $1", arg: parsed(t, moment),
			want: map[string]any{"a": parsed(t, moment), "b": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		},
		"int and text": {
			a:     "CREATE TABLE things (id int, v int); INSERT INTO things VALUES (1, 7)",
			b:     "CREATE TABLE things (id int, v text); INSERT INTO things VALUES (1, '7')",
			query: "SELECT v FROM things WHERE id = $1", arg: 1,
			want: map[string]any{"a": int64(7), "b": "7"},
		},
		"more columns": {
			a:     "CREATE TABLE things (v int); INSERT INTO things VALUES (1)",
			b:     "CREATE TABLE things (pad text, v bigint, more text); ALTER TABLE things DROP pad, DROP more; INSERT INTO things VALUES (2)",
			query: "SELECT * FROM things WHERE v < $1", arg: 9,
			want: map[string]any{"a": int64(1), "b": int64(2)},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			w.inside(t, "a", c.a)
			w.inside(t, "b", c.b)
			stmt, err := w.db.PrepareContext(w.as(t, "a"), c.query)
			if err != nil {
				t.Fatal(err)
			}
			defer stmt.Close()
			for _, slug := range []string{"a", "b", "a", "a", "b"} {
				same(t, slug+", query", w.db.QueryRowContext(w.as(t, slug), c.query, c.arg), c.want[slug])
				same(t, slug+", stmt", stmt.QueryRowContext(w.as(t, slug), c.arg), c.want[slug])
				tx := begin(t, w, slug, nil)
				same(t, slug+", tx", tx.QueryRowContext(w.as(t, slug), c.query, c.arg), c.want[slug])
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
			}
			w.idle(t)
		})
	}
}

// A migration that the door has not heard of changes what is remembered about a
// statement: it may fail once, and never reads a value as what it is not.
func TestATableThatChangesUnderAStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	w.inside(t, "a", "CREATE TABLE things (v int); INSERT INTO things VALUES (7)")
	const query = "SELECT * FROM things"
	same(t, "before", w.db.QueryRowContext(ctx, query), int64(7))
	for _, change := range []struct {
		ddl  string
		want any
	}{
		{"ALTER TABLE things ALTER v TYPE text", "7"},
		{"ALTER TABLE things ALTER v TYPE bigint USING v::bigint", int64(7)},
		{"ALTER TABLE things ALTER v TYPE float8", 7.0}, // as wide as bigint: would not even fail
		{"ALTER TABLE things ALTER v TYPE numeric(4, 2)", "7.00"},
		{"CREATE TYPE week AS ENUM ('7.00'); ALTER TABLE things ALTER v TYPE week USING v::text::week", "7.00"},
	} {
		w.inside(t, "a", change.ddl)
		same(t, change.ddl, w.db.QueryRowContext(ctx, query), change.want)
	}
	w.inside(t, "a", "ALTER TABLE things ADD w int DEFAULT 8")
	_ = readAll(ctx, w.db, query)
	if err := readAll(ctx, w.db, query); err != nil {
		t.Errorf("the second time: %v", err)
	}
	w.idle(t)
}

func same(t *testing.T, what string, row *sql.Row, want any) {
	t.Helper()
	var got any
	if err := row.Scan(&got); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if moment, ok := want.(time.Time); ok {
		if other, ok := got.(time.Time); !ok || !other.Equal(moment) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
		return
	}
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}

func parsed(t *testing.T, s string) time.Time {
	t.Helper()
	moment, err := time.Parse("2006-01-02 15:04:05-07", s)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}
