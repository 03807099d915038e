package row_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/isolation"
)

const notes = `CREATE TABLE pooled.notes (id int, body text,
 tenant_id uuid NOT NULL DEFAULT current_setting('rowhouse.tenant')::uuid, CONSTRAINT notes_pkey PRIMARY KEY (tenant_id, id));
`

func TestWhoEntersSeesOwnRowsOnly(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.exec(s.admin, notes+protect("notes"))
	app := s.connect(s.appURL)
	for _, id := range s.tenants {
		s.exec(app, s.level.Enter(id, s.at).Inline()+"; INSERT INTO notes VALUES (1, 'mine')")
	}
	for _, id := range s.tenants {
		s.exec(app, s.level.Enter(id, s.at).Inline()+"; UPDATE notes SET body = body || current_setting('rowhouse.tenant')")
	}
	if n := s.count("SELECT count(*) FROM pooled.notes WHERE body = 'mine' || tenant_id"); n != 2 {
		t.Errorf("%d of 2 rows are what their tenant wrote", n)
	}
	for _, outside := range []string{
		"SELECT * FROM pooled.notes", "INSERT INTO pooled.notes VALUES (2, 'nobody''s')",
		"COPY pooled.notes TO STDOUT", "DELETE FROM pooled.notes", "TRUNCATE pooled.notes",
	} {
		if err := run(t.Context(), app, outside); err == nil {
			t.Errorf("outside any tenant: %s: no error", outside)
		}
	}
}

// A session that never entered knows no setting, one that has left knows an empty one.
func TestNoTenantIsAnErrorBeforeAndAfter(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.exec(s.admin, notes+protect("notes"))
	app := s.connect(s.appURL)
	for _, want := range []string{"42704", "22P02"} {
		if got := state(run(t.Context(), app, "SELECT * FROM pooled.notes")); got != want {
			t.Errorf("got SQLSTATE %q, want %s", got, want)
		}
		s.exec(app, s.level.Enter(s.a, s.at).Inline()+"; SELECT * FROM notes")
	}
}

func TestWhoBypassesPoliciesDoesNotEnter(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	enter := s.level.Enter(s.a, s.at).Inline()
	for what, change := range map[string]string{
		"superuser": "SUPERUSER", "bypasses": "BYPASSRLS",
	} {
		app := s.connect(s.appURL)
		s.exec(app, enter)
		s.exec(s.admin, "ALTER ROLE "+s.app+" "+change)
		if got := state(run(t.Context(), app, enter)); got != isolation.StateBypass {
			t.Errorf("%s: got SQLSTATE %q, want %s", what, got, isolation.StateBypass)
		}
		s.exec(s.admin, "ALTER ROLE "+s.app+" NO"+change)
		s.exec(app, enter)
	}
}

// The mark is seen by a backend that has entered before, and by one that waited for
// the lock while it was made.
func TestFencedTenantIsNotEnteredAsOfTheOldEpoch(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	old := s.at
	app, waiting := s.connect(s.appURL), s.connect(s.appURL)
	s.exec(app, s.level.Enter(s.a, old).Inline())
	s.exec(waiting, s.level.Enter(s.a, old).Inline())

	to, mark := s.level.Fence(s.a, old)
	s.exec(s.admin, "BEGIN; "+isolation.Lock(s.a).Inline())
	entered := make(chan error, 1)
	go func() { entered <- run(t.Context(), waiting, s.level.Enter(s.a, old).Inline()) }()
	for len(entered) == 0 && s.count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0 {
		time.Sleep(time.Millisecond)
	}
	s.exec(s.admin, isolation.Script(mark...)+isolation.Script(mark...)+"COMMIT")
	if got := state(<-entered); got != "22P02" {
		t.Errorf("who waited: SQLSTATE %q", got)
	}
	if got := state(run(t.Context(), app, s.level.Enter(s.a, old).Inline())); got != "22P02" {
		t.Errorf("who comes late: SQLSTATE %q", got)
	}
	s.exec(app, s.level.Enter(s.a, to).Inline())
	s.exec(app, s.level.Enter(s.b, old).Inline())
}

func TestReadOnlyIsTheDatabasesWord(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.exec(s.admin, notes+protect("notes"))
	s.exec(s.admin, isolation.ReadOnly(s.a, true).Inline())
	app := s.connect(s.appURL)
	const write = "; INSERT INTO notes VALUES (1, 'x')"
	if got := state(run(t.Context(), app, s.level.Enter(s.a, s.at).Inline()+write)); got != "25006" {
		t.Errorf("a write of a read-only tenant: SQLSTATE %q", got)
	}
	s.exec(app, s.level.Enter(s.b, s.at).Inline()+write)
}

// The policy's condition is a part of the key's: one index scan, as with a written
// WHERE tenant_id.
func TestKeyedReadIsOneIndexScan(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.exec(s.admin, notes+protect("notes")+"INSERT INTO pooled.notes SELECT n, 'x', gen_random_uuid() FROM generate_series(1, 5000) AS n; ANALYZE pooled.notes")
	results, err := s.connect(s.appURL).PgConn().Exec(t.Context(),
		s.level.Enter(s.a, s.at).Inline()+"; EXPLAIN (COSTS off) SELECT body FROM notes WHERE id = 7").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	plan := results[len(results)-1].Rows
	if len(plan) != 2 || !strings.Contains(string(plan[0][0]), "Index Scan using notes_pkey") || strings.Contains(string(plan[1][0]), "Filter") {
		t.Errorf("%s", plan)
	}
}
