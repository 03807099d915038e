package drift_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// newPooledTown is a town in which two tenants share their tables, and one has its own.
func newPooledTown(t *testing.T) *town {
	t.Helper()
	w := newTown(t, map[string]string{
		"shared/1_plans.sql": "CREATE TABLE plans (id int PRIMARY KEY); INSERT INTO plans VALUES (1)",
		"1_polls.sql": `CREATE TABLE polls (id serial PRIMARY KEY, title text UNIQUE, plan int DEFAULT 1 REFERENCES shared.plans);
			CREATE TABLE votes (poll int REFERENCES polls ON DELETE CASCADE, at date);
			CREATE VIEW titles AS SELECT title FROM polls;
			CREATE FUNCTION many() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM polls'`,
		"2_first.sql": "-- +rowhouse each-tenant\n-- +goose Up\nINSERT INTO polls (id, title) VALUES (1, 'first'); INSERT INTO votes VALUES (1)",
	})
	role, err := url.Parse(pgtest.Role(t, w.url, ""))
	if err != nil {
		t.Fatal(err)
	}
	w.rows = row.New(isolation.DefaultNames(), row.GrantTo(role.User.Username()))
	for _, slug := range []string{"a", "b"} {
		id := tenant.NewID()
		w.settle(&tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: w.rows.Place(id, slug, "main")})
	}
	w.build("own")
	return w
}

// damage is done to shared tables by hand, with what a check says of it. What one list
// has can be done at once.
func damage() []map[string]string {
	return []map[string]string{{
		"DROP POLICY rowhouse_tenant ON polls":                                             "policy polls.rowhouse_tenant: missing",
		"ALTER POLICY rowhouse_tenant ON votes WITH CHECK (true)":                          "policy votes.rowhouse_tenant: ",
		"CREATE POLICY open ON polls USING (true)":                                         "policy polls.open: not expected",
		"ALTER TABLE polls NO FORCE ROW LEVEL SECURITY":                                    "table polls: lacks force row security",
		"CREATE TABLE bare (id int PRIMARY KEY); INSERT INTO bare VALUES (1)":              "table bare: not expected",
		"ALTER TABLE polls DROP CONSTRAINT polls_title_key, ADD UNIQUE (title, tenant_id)": "constraint polls.polls_title_key: ",
		"CREATE UNIQUE INDEX once ON polls (title) WHERE id > 1":                           "index polls.once: not expected",
		"ALTER TABLE votes DROP CONSTRAINT votes_poll_fkey":                                "constraint votes.votes_poll_fkey: missing",
		"ALTER TABLE polls ALTER tenant_id DROP DEFAULT":                                   "polls.tenant_id: ",
		"DROP INDEX votes_rowhouse_tenant":                                                 "index votes.votes_rowhouse_tenant: missing",
		"ALTER VIEW titles SET (security_invoker = false)":                                 "view titles: ",
		"ALTER FUNCTION many SECURITY DEFINER":                                             "function many(): ",
		"CREATE RULE nothing AS ON DELETE TO polls DO INSTEAD NOTHING":                     "rule polls.nothing: not expected",
		"CREATE MATERIALIZED VIEW kept AS SELECT * FROM polls":                             "materialized view kept: not expected",
	}, {
		"ALTER TABLE polls DISABLE ROW LEVEL SECURITY":                                          "table polls: lacks row security",
		"ALTER POLICY rowhouse_tenant ON polls USING (true)":                                    "policy polls.rowhouse_tenant: ",
		"ALTER TABLE polls DROP CONSTRAINT polls_pkey CASCADE, ADD PRIMARY KEY (id, tenant_id)": "constraint polls.polls_pkey: ",
		"ALTER TABLE votes ALTER tenant_id DROP NOT NULL":                                       "votes.tenant_id: ",
		"CREATE TABLE heir () INHERITS (votes)":                                                 "table heir: not expected",
	}}
}

// Whatever protects shared tables is missed when it is gone, named, and made again. With
// ROWHOUSE_PROOF=1 each damage is repaired by itself.
func TestSharedTablesAreBroughtBack(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t)
	for _, together := range damage() {
		if !pgtest.Proof() {
			w.bringBack(together)
			continue
		}
		for sql, want := range together {
			w.bringBack(map[string]string{sql: want})
		}
	}
	if got := w.text("SELECT count(*) || ' votes of ' || count(DISTINCT tenant_id) FROM pooled.votes"); got != "2 votes of 2" {
		t.Errorf("there are %s", got)
	}
}

// A table that no migration made may hold what somebody needs: it goes when that is said.
func TestATableMadeByHandAmongSharedOnesStays(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t)
	w.exec("CREATE TABLE pooled.bare (id int)")
	report := w.repair(drift.RepairOptions{Apply: true})
	if failed := report.Failed(); len(failed) != 1 || !errors.Is(failed[0].Err, drift.ErrRefused) || failed[0].Refused[0].Object != "table bare" {
		t.Errorf("%+v", report.Repairs)
	}
	if got := w.text("SELECT (to_regclass('pooled.bare') IS NOT NULL)::text"); got != "true" {
		t.Error("the table is gone")
	}
}

func (w *town) bringBack(damage map[string]string) {
	w.Helper()
	pooled := &tenant.Tenant{Placement: w.tenants[0].Placement}
	for sql := range damage {
		w.inside(pooled, sql)
	}
	found := w.found()
	for sql, want := range damage {
		if len(found) != 1 || !strings.Contains(found["pooled"], want) {
			w.Errorf("%s\nis found as %q", sql, found)
		}
	}
	report := w.repair(drift.RepairOptions{Apply: true, DropExtra: true})
	for _, r := range report.Failed() {
		w.Fatalf("%v\n%v\n%s", damage, r.Err, strings.Join(r.Statements, ";\n"))
	}
	if len(report.Repairs) != 1 || !report.Repairs[0].Applied {
		w.Errorf("%v\nis repaired as %+v", damage, report.Repairs)
	}
	w.says(map[string]string{})
	w.protected()
}

func (w *town) protected() {
	w.Helper()
	rows, _ := w.conn.Query(w.Context(), ddl.Verify("pooled").Inline(), pgx.QueryExecModeExec)
	findings, err := pgx.CollectRows(rows, pgx.RowToMap)
	if err != nil || len(findings) > 0 {
		w.Errorf("after the repair there is %v, %v", findings, err)
	}
}
