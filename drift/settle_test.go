package drift_test

import (
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// owned makes a role that is no superuser own a tenant's table t, and the town
// connect as it.
func (w *town) owned(t *tenant.Tenant, attributes string) {
	w.Helper()
	url := pgtest.Role(w, w.url, attributes)
	role, home := userOf(url), ident.Quote(t.Placement.Schema)
	w.exec("CREATE SCHEMA IF NOT EXISTS shared; GRANT USAGE ON SCHEMA shared, rowhouse TO " + role +
		"; GRANT ALL ON ALL TABLES IN SCHEMA rowhouse TO " + role + "; ALTER SCHEMA " + home + " OWNER TO " + role +
		"; ALTER TABLE " + home + ".t OWNER TO " + role + "; GRANT CREATE ON DATABASE " + w.text("SELECT current_database()") + " TO " + role)
	w.url = url
}

func userOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	user, _, _ := strings.Cut(rest, ":")
	return user
}

// Without Apply nothing is changed, and the script does what Apply does.
func TestTheScriptIsTheRepair(t *testing.T) {
	t.Parallel()
	w := newTown(t, house(t))
	for _, name := range []string{"acme", "Acme", `quo"te`, "o'brien", `back\slash`, "a.b", "müller", "select"} {
		tn := w.buildAt(name, name)
		w.inside(tn, `DROP VIEW open_polls; ALTER TABLE users ALTER ticket DROP DEFAULT; ALTER FUNCTION touch RESET search_path;
			ALTER TABLE polls DISABLE TRIGGER touch; DROP SEQUENCE polls_id_seq CASCADE; COMMENT ON TABLE polls IS 'x'; DROP FUNCTION counted;
			ALTER TYPE state ADD VALUE 'late' BEFORE 'closed'`)
	}
	before := w.found()
	report := w.repair(drift.RepairOptions{})
	if after := w.found(); len(after) != 8 || after["Acme"] != before["Acme"] {
		t.Errorf("something was changed: %q", after)
	}
	for _, r := range report.Repairs {
		if r.Err != nil || r.Applied {
			t.Errorf("%s: %v", r.Tenant.Slug, r.Err)
		}
		w.exec(w.checker().Script(r))
	}
	w.says(map[string]string{})
}

// A tenant that was moved to another schema name, or made as a copy, is clean unless
// a text kept the old name; a repair then sets that right.
func TestRenamedAndClonedTenants(t *testing.T) {
	t.Parallel()
	w := newTown(t, house(t))
	a := w.build("a")
	w.says(map[string]string{})
	to, plan := w.level.Fence(a.ID, a.Placement)
	w.exec(isolation.Script(plan...))
	moved := a.Clone()
	moved.Placement = to
	w.tenants[0] = moved
	found := w.found()["a"]
	if !strings.Contains(found, "function touch(): definition") || strings.Contains(found, ";") {
		t.Errorf("the path of touch() has the old name; found %q", found)
	}
	mentions, err := catalog.References(t.Context(), w.conn, to.Schema, a.Placement.Schema)
	if err != nil || len(mentions) != 1 || mentions[0].Kind != "function" {
		t.Errorf("mentions %q, %v", mentions, err)
	}
	if r := only(t, w.repair(drift.RepairOptions{Apply: true})); r.Err != nil {
		t.Error(r.Err)
	}
	w.says(map[string]string{})
}

func TestAMissingSequenceGoesOnBehindTheRows(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{"1_t.sql": "CREATE TABLE t (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY)"})
	a := w.build("a")
	w.inside(a, "INSERT INTO t DEFAULT VALUES; INSERT INTO t DEFAULT VALUES; DROP SEQUENCE t_id_seq CASCADE; ALTER TABLE t ALTER n DROP IDENTITY")
	if r := only(t, w.repair(drift.RepairOptions{Apply: true})); r.Err != nil {
		t.Error(r.Err)
	}
	w.inside(a, "INSERT INTO t DEFAULT VALUES")
	if got := w.text("SELECT max(id)::text || max(n)::text FROM " + ident.Quote(a.Placement.Schema) + ".t"); got != "33" {
		t.Errorf("the third row is %s", got)
	}
}

// What is made anew may be used by whom it could be used by before.
func TestGrantsStay(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{"1_t.sql": `CREATE TABLE t (n int); CREATE VIEW v AS SELECT n FROM t;
		CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f() FROM PUBLIC`})
	a := w.build("a")
	w.inside(a, `GRANT SELECT ON v TO pg_monitor WITH GRANT OPTION; CREATE OR REPLACE VIEW v AS SELECT n, 1 AS more FROM t;
		DROP FUNCTION f(); CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
		REVOKE ALL ON FUNCTION f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f() TO pg_monitor`)
	grants := func() string {
		return w.text(`SELECT string_agg(acl::text, ' ' ORDER BY acl::text) FROM (SELECT relacl AS acl FROM pg_class WHERE relname = 'v'
			UNION ALL SELECT proacl FROM pg_proc WHERE proname = 'f') AS x`)
	}
	before := grants()
	if r := only(t, w.repair(drift.RepairOptions{Apply: true})); r.Err != nil {
		t.Error(r.Err)
	}
	if after := grants(); after != before {
		t.Errorf("\n   was %s\nis now %s", before, after)
	}
	w.says(map[string]string{})
}
