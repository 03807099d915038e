package isolationtest

import (
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// pairing is two tenants' tables of one name that differ, and a statement over both.
type pairing struct {
	a, b   string // what makes the table things
	query  string
	args   []any
	av, bv any // the value that each must read
}

// moment is one instant and, in the table without time zone, what a clock in UTC shows.
func moment() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 2*60*60)) }

func pairings() map[string]pairing {
	return map[string]pairing{
		"an enum each": {
			a:     "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE things (id int, v mood); INSERT INTO things VALUES (1, 'ok')",
			b:     "CREATE TYPE mood AS ENUM ('ok', 'glad', 'sad'); CREATE TABLE things (id int, v mood); INSERT INTO things VALUES (1, 'ok')",
			query: "SELECT v FROM things WHERE v = $1", args: []any{"ok"}, av: "ok", bv: "ok",
		},
		"timestamp and timestamptz": {
			a:     "CREATE TABLE things (v timestamptz); INSERT INTO things VALUES ('2026-01-02 03:04:05+02')",
			b:     "CREATE TABLE things (v timestamp); INSERT INTO things VALUES ('2026-01-02 03:04:05')",
			query: "SELECT v::text LIKE '2026-01-02 %' FROM things WHERE v = $1::text::timestamptz OR v = $1::text::timestamp", args: []any{"2026-01-02 03:04:05+02"},
			av: true, bv: true,
		},
		"int and text": {
			a:     "CREATE TABLE things (id int, v int); INSERT INTO things VALUES (1, 926365495)",
			b:     "CREATE TABLE things (id int, v text); INSERT INTO things VALUES (1, '7777')",
			query: "SELECT v FROM things WHERE id = $1", args: []any{1}, av: int64(926365495), bv: "7777",
		},
		"text and int": {
			a:     "CREATE TABLE things (id int, v text); INSERT INTO things VALUES (1, '7777')",
			b:     "CREATE TABLE things (id int, v int); INSERT INTO things VALUES (1, 926365495)",
			query: "SELECT v FROM things WHERE id = $1", args: []any{1}, av: "7777", bv: int64(926365495),
		},
		"bigint and double": {
			a:     "CREATE TABLE things (id int, v bigint); INSERT INTO things VALUES (1, 4611686018427387904)",
			b:     "CREATE TABLE things (id int, v float8); INSERT INTO things VALUES (1, 2)",
			query: "SELECT v FROM things WHERE id = $1", args: []any{1}, av: int64(4611686018427387904), bv: float64(2),
		},
		"columns in another order": {
			a:     "CREATE TABLE things (id int, v text, w text); INSERT INTO things VALUES (1, 'v', 'w')",
			b:     "CREATE TABLE things (w text, v text, id int); INSERT INTO things VALUES ('w', 'v', 1)",
			query: "SELECT v, * FROM things WHERE id = $1", args: []any{1}, av: "v", bv: "v",
		},
	}
}

// prepared: one connection, tenants in turn, the same text over tables that differ.
// What is remembered of a statement is remembered for its tenant.
func prepared(s *stage) {
	s.part("one plan, many tenants", sameTables)
	if !s.ownTables() {
		return
	}
	for name, p := range pairings() {
		s.part(name, func(s *stage) { s.alternate(p) })
	}
	s.part("moment as a parameter", momentParameter)
	s.part("copy", copiesDiffer)
	s.part("tables that change", changing)
}

// sameTables: a plan that was made for one tenant, and used until it is a generic one,
// reads the next one's rows for the next one.
func sameTables(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	for range 8 { // the sixth use of a named statement may take a generic plan
		s.sees(door, a)
	}
	for range 8 {
		s.sees(door, b)
		s.sees(door, a)
		for _, t := range []*tenant.Tenant{a, b} {
			n, err := door.Exec(s.as(t), "UPDATE notes SET n = n WHERE owner <> $1", t.ID.String())
			if err != nil || n != 0 {
				s.Errorf("%s updates %d rows of others, %v", t.Slug, n, err)
			}
		}
	}
}

func (s *stage) alternate(p pairing) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	s.must("tables of a", s.target.Street.Inside(s.Context(), a, p.a))
	s.must("tables of b", s.target.Street.Inside(s.Context(), b, p.b))
	for range 3 { // a statement may be named when it is seen again
		for _, t := range []*tenant.Tenant{a, b, a, a, b} {
			want := p.av
			if t == b {
				want = p.bv
			}
			s.reading(door, t, want, p)
			tx := s.begin(door, t)
			s.reading(tx, t, want, p)
			s.must("commit", tx.Commit(s.as(t)))
		}
	}
}

func (s *stage) reading(r Runner, t *tenant.Tenant, want any, p pairing) {
	s.Helper()
	got, err := column(s.as(t), r, p.query, p.args...)
	if err != nil || len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(want) {
		s.Errorf("%s reads %v, want %v (%v)", t.Slug, got, want, err)
	}
}

// momentParameter: a time is encoded for the tenant's own column. Remembered from the
// other tenant, it silently finds nothing.
func momentParameter(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	s.must("a", s.target.Street.Inside(s.Context(), a,
		"CREATE TABLE things (v timestamptz); INSERT INTO things VALUES ('2026-01-02 03:04:05+02')"))
	s.must("b", s.target.Street.Inside(s.Context(), b,
		"CREATE TABLE things (v timestamp); INSERT INTO things VALUES ('2026-01-02 03:04:05')"))
	_, inTxB := s.finds(door, b)
	for range 3 {
		for _, t := range []*tenant.Tenant{a, b, a} {
			alone, inTx := s.finds(door, t)
			if t == a && (alone != 1 || inTx != 1) || t == b && (alone != inTxB || inTx != inTxB) {
				s.Errorf("%s finds its moment %d times alone and %d in a transaction", t.Slug, alone, inTx)
			}
		}
	}
}

// finds looks for the moment outside and inside of a transaction.
func (s *stage) finds(door Door, t *tenant.Tenant) (alone, inTx int) {
	s.Helper()
	const query = "SELECT v FROM things WHERE v = $1"
	tx := s.begin(door, t)
	within, err := column(s.as(t), tx, query, moment())
	s.must("query in a transaction", err)
	s.must("commit", tx.Commit(s.as(t)))
	outside, err := column(s.as(t), door, query, moment())
	s.must("query", err)
	return len(outside), len(within)
}

// copiesDiffer: rows that are copied in are encoded for the tenant's own columns.
func copiesDiffer(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	in, ok := door.(Copier)
	if !ok {
		return
	}
	s.must("a", s.target.Street.Inside(s.Context(), a, "CREATE TABLE things (v timestamptz, n int)"))
	s.must("b", s.target.Street.Inside(s.Context(), b, "CREATE TABLE things (v timestamp, n bigint)"))
	for _, t := range []*tenant.Tenant{a, b, a, b} {
		if _, err := in.Copy(s.as(t), "things", []string{"v", "n"}, [][]any{{moment(), 7}}); err != nil {
			s.Errorf("%s copies: %v", t.Slug, err)
		}
	}
	for t, want := range map[*tenant.Tenant]string{a: "01:04:05", b: "03:04:05"} {
		got, err := column(s.as(t), door, "SELECT DISTINCT to_char(v::timestamp, 'HH24:MI:SS') || n FROM (SELECT v AT TIME ZONE 'UTC' AS v, n FROM things) AS utc")
		if t == b {
			got, err = column(s.as(t), door, "SELECT DISTINCT to_char(v, 'HH24:MI:SS') || n FROM things")
		}
		if err != nil || len(got) != 1 || got[0] != want+"7" {
			s.Errorf("%s copied %v, want %s7 (%v)", t.Slug, got, want, err)
		}
	}
}

// changing: a migration that the door was not told of. A statement may fail, but
// never reads a value as what it is not.
func changing(s *stage) {
	door, a := s.open(1), s.create("a")
	s.must("table", s.target.Street.Inside(s.Context(), a, "CREATE TABLE things (v int); INSERT INTO things VALUES (7777)"))
	for used := range 4 { // at first a statement is unnamed, later it is named
		query := fmt.Sprintf("SELECT v AS used_%d FROM things", used)
		for range used {
			s.reading(door, a, 7777, pairing{query: query})
		}
		s.changes(door, a, "ALTER TABLE things ALTER v TYPE text", query)
		s.changes(door, a, "ALTER TABLE things ALTER v TYPE int USING v::int", query)
	}
}

func (s *stage) changes(door Door, t *tenant.Tenant, ddl, query string) {
	s.Helper()
	s.must(ddl, s.target.Street.Inside(s.Context(), t, ddl))
	for range 3 {
		got, err := column(s.as(t), door, query)
		if err == nil && (len(got) != 1 || fmt.Sprint(got[0]) != "7777") {
			s.Errorf("after %s it reads %v", ddl, got)
		}
	}
	if _, err := column(s.as(t), door, query); err != nil {
		s.Errorf("after %s it keeps failing: %v", ddl, err)
	}
}
