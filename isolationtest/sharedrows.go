package isolationtest

import (
	"fmt"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// sharedTables asks what can only go wrong where tenants share their tables. Levels at
// which each has its own pass without being asked.
func sharedTables(s *stage) {
	if s.ownTables() {
		return
	}
	s.part("everything in sight is one's own", nothingForeign)
	s.part("rows stay their tenant's", rowsStay)
	s.part("no key leads to another tenant", keysStayInside)
	s.part("a value that another has is free", valuesAreFree)
	s.part("whole tables are out of reach", wholeTables)
	s.part("cursors", cursors)
}

// relations are all tables and views that a tenant could name.
const relations = `SELECT quote_ident(relname) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
 AND relnamespace = to_regnamespace('%s') ORDER BY 1`

// nothingForeign reads all that there is, also what a migration has just added. Rows
// name their tenant, so a stranger's are recognised wherever they turn up.
func nothingForeign(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	names, err := s.target.Street.Admin(s.Context(), fmt.Sprintf(relations, a.Placement.Schema))
	s.must("list the relations", err)
	for _, name := range append(names, "told()") {
		got, err := column(s.as(a), door, "SELECT r::text FROM "+name+" AS r WHERE r::text LIKE '%"+b.ID.String()+"%' LIMIT 1")
		if err != nil || len(got) > 0 {
			s.Errorf("in %s tenant %s sees %v of %s, %v", name, a.Slug, got, b.Slug, err)
		}
	}
}

// rowsStay: nobody gives a row away, takes one, or writes one for another.
func rowsStay(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	for _, give := range []string{
		"INSERT INTO notes (id, owner, tenant_id) VALUES (70, 'gift', '%s')",
		"UPDATE notes SET tenant_id = '%s' WHERE id = 1",
		"INSERT INTO notes (id, owner) VALUES (1, 'x') ON CONFLICT ON CONSTRAINT notes_pkey DO UPDATE SET tenant_id = '%s'",
		"INSERT INTO notes (id, owner, tenant_id) SELECT id + 100, owner, '%s' FROM notes",
	} {
		if n, err := door.Exec(s.as(a), fmt.Sprintf(give, b.ID)); err == nil {
			s.Errorf("%s: no error, %d rows", give, n)
		}
	}
	n, err := door.Exec(s.as(a), "DELETE FROM notes WHERE tenant_id = $1::text::uuid", b.ID.String())
	if err != nil || n != 0 {
		s.Errorf("%d rows of another are deleted, %v", n, err)
	}
	s.untouched(a)
	s.untouched(b)
}

// keysStayInside: a foreign key finds one's own rows only, under ids that another has.
func keysStayInside(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	s.exec(door, s.as(b), "INSERT INTO notes (id, owner) VALUES (71, $1)", b.ID.String())
	if _, err := door.Exec(s.as(a), "INSERT INTO replies (id, note) VALUES (1, 71)"); err == nil {
		s.Errorf("a reply refers to another tenant's note")
	}
	s.exec(door, s.as(b), "INSERT INTO replies (id, note) VALUES (1, 71)")
	s.exec(door, s.as(a), "DELETE FROM notes WHERE id = 71")
	got, err := column(s.as(b), door, "SELECT count(*) FROM notes JOIN replies ON note = notes.id")
	if err != nil || len(got) != 1 || got[0] != int64(1) {
		s.Errorf("%v replies to notes, want 1 (%v)", got, err)
	}
}

// valuesAreFree: a unique value that another tenant has neither fails nor shows.
func valuesAreFree(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	for _, t := range []*tenant.Tenant{a, b} {
		for _, insert := range []string{
			"INSERT INTO notes (id, owner) VALUES (72, $1)",
			"INSERT INTO entries (owner, mark) VALUES ($1, 'the same')",
		} {
			if _, err := door.Exec(s.as(t), insert, t.ID.String()); err != nil {
				s.Errorf("%s: %s: %v", t.Slug, insert, err)
			}
		}
	}
}

// wholeTables: what passes policies by is refused.
func wholeTables(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	for _, statement := range []string{
		"TRUNCATE notes CASCADE", "TRUNCATE notes, replies", "COPY notes TO STDOUT", "COPY notes FROM STDIN",
		"ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY",
		"DROP POLICY IF EXISTS rowhouse_tenant ON notes", "CREATE POLICY mine ON notes USING (true)", "DROP TABLE replies", "LOCK TABLE notes",
		"CREATE VIEW everything AS SELECT * FROM notes",
	} {
		if _, err := door.Exec(s.as(a), statement); err == nil {
			s.Errorf("%s: no error", statement)
		}
	}
	s.untouched(b)
}

// cursors are read by a plan that was made when they were opened.
func cursors(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	for _, t := range []*tenant.Tenant{a, b, a} {
		tx := s.begin(door, t)
		s.exec(tx, s.as(t), "DECLARE mine CURSOR FOR SELECT owner FROM notes ORDER BY id")
		got, err := column(s.as(t), tx, "FETCH ALL FROM mine")
		if err != nil || len(got) != notes {
			s.Errorf("%s fetches %v, %v", t.Slug, got, err)
		}
		for _, owner := range got {
			if owner != t.ID.String() {
				s.Errorf("%s fetches a row of %v", t.Slug, owner)
			}
		}
		s.must("commit", tx.Commit(s.as(t)))
	}
}
