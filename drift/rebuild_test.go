package drift_test

import (
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// makeable is the house without the kinds for which no SQL is made.
func makeable(t *testing.T) string {
	t.Helper()
	sql := house(t)["1_house.up.sql"]
	for _, kind := range []string{"CREATE TEXT SEARCH", "CREATE OPERATOR", "CREATE COLLATION"} {
		for line := range strings.Lines(sql) {
			if strings.HasPrefix(line, kind) {
				sql = strings.Replace(sql, line, "", 1)
			}
		}
	}
	return sql
}

// An emptied schema is built again from what the migrations make, statement by
// statement, without running them.
func TestAnEmptiedSchemaIsBuiltAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{"1_house.up.sql": makeable(t)})
	a := w.build("a")
	schema := ident.Quote(a.Placement.Schema)
	w.exec("DROP SCHEMA " + schema + " CASCADE; CREATE SCHEMA " + schema)
	r := only(t, w.repair(drift.RepairOptions{}))
	if len(r.Refused) > 0 {
		t.Error(r.Refused)
	}
	w.exec(w.checker().Script(r))
	w.says(map[string]string{})
}

// What no migration makes is taken down again, all kinds of it at once.
func TestAHouseThatNobodyOrderedIsTakenDown(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{"1_t.sql": "CREATE TABLE kept (id serial PRIMARY KEY)"})
	a := w.build("a")
	w.inside(a, house(t)["1_house.up.sql"])
	r := only(t, w.repair(drift.RepairOptions{DropExtra: true}))
	if len(r.Refused) > 0 {
		t.Error(r.Refused)
	}
	w.exec(w.checker().Script(r))
	w.says(map[string]string{})
}

// Many differences at once are repaired in one go.
func TestManyAlterationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t, house(t))
	a := w.build("a")
	w.inside(a, `
ALTER TABLE users ALTER nick TYPE text, ALTER name DROP NOT NULL, ADD CHECK (id > 0), ALTER id DROP IDENTITY, DROP upper_name;
ALTER TABLE polls DISABLE ROW LEVEL SECURITY, DROP CONSTRAINT polls_title_check, DISABLE TRIGGER touch, SET (fillfactor = 80);
DROP POLICY mine ON polls; DROP VIEW open_polls; CREATE VIEW open_polls AS SELECT title FROM polls; CREATE VIEW on_top AS SELECT * FROM open_polls;
ALTER TABLE polls ALTER price TYPE numeric(12,4);
DROP INDEX polls_title; CREATE INDEX polls_title ON polls (title);
ALTER SEQUENCE tickets INCREMENT 1; ALTER DOMAIN email DROP NOT NULL; COMMENT ON TABLE polls IS NULL;
ALTER TYPE state ADD VALUE 'late' BEFORE 'closed'; ALTER TABLE visits DETACH PARTITION visits_2026;
ALTER FUNCTION touch RESET search_path; DROP FUNCTION counted; DROP RULE no_delete ON users`)
	r := only(t, w.repair(drift.RepairOptions{}))
	if len(r.Refused) > 0 {
		t.Error(r.Refused)
	}
	w.exec(w.checker().Script(r))
	w.says(map[string]string{})
}
