package catalog_test

import (
	"context"
	"testing"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// What PostgreSQL does not follow when a schema is renamed is found, by its old
// name; what it follows is not listed.
func TestReferencesFindsWhatARenameLeavesBehind(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.schema("warm1", `
CREATE TABLE u (id serial PRIMARY KEY, n int DEFAULT nextval('warm1.u_id_seq'::text));
CREATE FUNCTION safe() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM u; END;
CREATE FUNCTION path() RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1';
CREATE FUNCTION body() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM warm1.u';
CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1 -- warm12, xwarm1';
CREATE TRIGGER args BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('v', 'warm1.cfg', 'x');
CREATE VIEW safe_view AS SELECT * FROM u;
CREATE VIEW view AS SELECT 'warm1'::text AS name FROM u;
CREATE POLICY policy ON u USING (current_schema() = 'warm1');
ALTER TABLE u ADD CONSTRAINT safe_check CHECK (id <> 'warm1.u'::regclass::oid::int OR n > 0);
CREATE TYPE label AS ENUM ('warm1');
COMMENT ON TABLE u IS 'moved out of warm1'`)
	s.exec("ALTER SCHEMA warm1 RENAME TO acme")
	s.exec("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = warm1', current_database()); END $$")
	found, err := catalog.References(context.Background(), s.conn, "acme", "warm1")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"column u.n: 'warm1.u_id_seq'",
		"comment table u: moved out of warm1",
		"function body(): $function$SELECT count(*) FROM warm1.u$function$",
		"function path(): 'warm1'",
		"policy u.policy: 'warm1'",
		"trigger u.args: 'warm1.cfg'",
		"view view: 'warm1'",
		"role setting all: search_path=warm1",
	}
	for i, m := range found {
		if i >= len(want) || m.String() != want[i] {
			t.Errorf("found %q", m)
		}
	}
	if len(found) != len(want) {
		t.Errorf("%d found, want %d", len(found), len(want))
	}
	if own, err := catalog.References(context.Background(), s.conn, "acme"); err != nil || len(own) != 0 {
		t.Errorf("of its own name: %q, %v", own, err)
	}
}

func TestReferencesFindsNamesWithQuotes(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.schema(`o'b"c`, `CREATE TABLE t (n text DEFAULT 'o''b"c', m text DEFAULT nextval('"o''b""c".s'::text))`)
	found, err := catalog.References(context.Background(), s.conn, `o'b"c`)
	if err != nil || len(found) != 2 {
		t.Errorf("got %q, %v", found, err)
	}
}
