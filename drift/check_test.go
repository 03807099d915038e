package drift_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

// polls is a small history with a key to a shared table.
func polls() map[string]string {
	return map[string]string{
		"shared/1_plans.sql": "CREATE TABLE plans (id int PRIMARY KEY, name text); INSERT INTO plans VALUES (1, 'free')",
		"1_polls.sql":        "CREATE TABLE polls (id serial PRIMARY KEY, title text NOT NULL, plan int DEFAULT 1 REFERENCES plans)",
		"2_index.sql":        "CREATE INDEX polls_title ON polls (title)",
	}
}

func TestACleanFleetIsClean(t *testing.T) {
	t.Parallel()
	w := newTown(t, polls())
	w.build("acme")
	for _, name := range []string{"Acme", "two words", "a.b", `quo"te`, "o'brien", "müller", "thor", "select", strings.Repeat("x", 63)} {
		w.buildAt(name, name)
	}
	report := w.check(drift.Options{})
	if report.Checked != 10 || !report.Clean() {
		t.Errorf("%d checked; %v", report.Checked, w.found())
	}
	if got := w.text("SELECT count(*)::text FROM pg_namespace WHERE nspname ~ 'scratch'"); got != "0" {
		t.Errorf("%s scratch schemas are left", got)
	}
}

func TestEachTenantIsComparedWithItsOwnVersion(t *testing.T) {
	t.Parallel()
	files := polls()
	w := newTown(t, files)
	old := w.build("old")
	files["3_more.sql"] = "-- +rowhouse after shared/1\n-- +goose Up\nALTER TABLE polls ADD votes int"
	w.read(files)
	w.build("new")
	w.says(map[string]string{})
	w.inside(old, "ALTER TABLE polls ADD votes int")
	w.says(map[string]string{"old": "polls.votes: not expected"})
}

func TestDriftIsExplainedAndGrouped(t *testing.T) {
	t.Parallel()
	w := newTown(t, polls())
	for _, slug := range []string{"a", "b", "c", "d"} {
		w.build(slug)
	}
	w.inside(w.tenants[0], "ALTER TABLE polls ALTER title TYPE varchar(80)")
	w.inside(w.tenants[1], "DROP INDEX polls_title")
	w.inside(w.tenants[3], "ALTER TABLE polls ALTER title TYPE varchar(80)")
	w.says(map[string]string{
		"a": "polls.title: varchar(80), expected text",
		"b": "index polls.polls_title: missing",
		"d": "polls.title: varchar(80), expected text",
	})
	report := w.check(drift.Options{Workers: 1})
	if len(report.Groups) != 2 || len(report.Groups[0].Tenants) != 2 || report.Groups[0].Tenants[1].Slug != "d" {
		t.Errorf("groups %+v", report.Groups)
	}
	if one := w.check(drift.Options{Filter: registry.Filter{Slugs: []string{"c"}}}); one.Checked != 1 || !one.Clean() {
		t.Errorf("c alone: %+v", one)
	}
}

func TestATenantWithoutASchema(t *testing.T) {
	t.Parallel()
	w := newTown(t, polls())
	a := w.build("a")
	w.exec("DROP SCHEMA " + ident.Quote(a.Placement.Schema) + " CASCADE")
	w.says(map[string]string{"a": "schema " + a.Placement.Schema + ": missing"})
}

func TestToolsTablesAreNoDrift(t *testing.T) {
	t.Parallel()
	w := newTown(t, polls())
	a := w.build("a")
	w.inside(a, "CREATE TABLE goose_db_version (id serial PRIMARY KEY); CREATE TABLE own (id serial)")
	report, err := w.checker(drift.Ignore("own")).Check(t.Context(), drift.Options{})
	if err != nil || !report.Clean() {
		t.Errorf("%+v, %v", report, err)
	}
}

// Migrations that must commit in between are built in a schema of their own, which
// does not stay; neither does what a killed check has left.
func TestMigrationsThatCommitInBetween(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{
		"1_enum.sql":  "CREATE TYPE state AS ENUM ('a'); CREATE TABLE t (s state)",
		"2_value.sql": "ALTER TYPE state ADD VALUE 'b'",
		"3_used.sql":  "ALTER TABLE t ALTER s SET DEFAULT 'b'",
		"4_index.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY IF NOT EXISTS t_s ON t (s)",
	})
	a := w.build("a")
	left := "rowhouse_scratch_0190a0b0c0d070e080f0_010203040506"
	w.exec("CREATE SCHEMA " + left + "; CREATE TABLE " + left + ".t (); CREATE SCHEMA rowhouse_scratch_of_my_own")
	w.says(map[string]string{})
	w.inside(a, "DROP INDEX t_s")
	w.says(map[string]string{"a": "index t.t_s: missing"})
	if got := w.text("SELECT string_agg(nspname, ' ') FROM pg_namespace WHERE nspname ~ 'scratch'"); got != "rowhouse_scratch_of_my_own" {
		t.Errorf("left: %s", got)
	}
	if got := w.text("SELECT count(DISTINCT target)::text FROM rowhouse.ledger"); got != "1" {
		t.Errorf("%s tenants in the ledger", got)
	}
}

// An index that is built CONCURRENTLY would wait for every transaction in the
// database, also for one that never ends.
func TestACheckDoesNotWaitForTransactions(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{
		"1_t.sql":     "CREATE TABLE t (n int)",
		"2_index.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nDROP INDEX CONCURRENTLY IF EXISTS t_n;\nCREATE UNIQUE INDEX CONCURRENTLY t_n ON t (n);",
	})
	a := w.build("a")
	tx, err := w.dial().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), "CREATE TABLE public.busy ()"); err != nil {
		t.Fatal(err)
	}
	w.says(map[string]string{})
	w.inside(a, "DROP INDEX t_n; CREATE INDEX t_n ON t (n)")
	if found := w.found()["a"]; !strings.Contains(found, "UNIQUE") {
		t.Errorf("found %q", found)
	}
}

// Who is building holds a lock, so nobody sweeps under it.
func TestASchemaThatIsBeingBuiltIsNotSwept(t *testing.T) {
	t.Parallel()
	w := newTown(t, polls())
	w.build("a")
	const schema = "rowhouse_scratch_0190a0b0c0d070e080f0_010203040506"
	w.exec("CREATE SCHEMA " + schema)
	id := [16]byte{0x01, 0x90, 0xa0, 0xb0, 0xc0, 0xd0, 0x70, 0xe0, 0x80, 0xf0, 1, 2, 3, 4, 5, 6}
	if _, err := w.conn.Exec(t.Context(), "SELECT pg_advisory_lock($1)", ident.LockKey(id)^1); err != nil {
		t.Fatal(err)
	}
	w.says(map[string]string{})
	if got := w.text("SELECT (to_regnamespace('" + schema + "') IS NOT NULL)::text"); got != "true" {
		t.Error("it was swept")
	}
}

func TestWhatCannotBeComparedIsTold(t *testing.T) {
	t.Parallel()
	files := polls()
	delete(files, "1_polls.sql")
	files["2_index.sql"] = "CREATE TABLE two ()"
	w := newTown(t, files)
	w.build("a")
	files["1_late.sql"] = "CREATE TABLE one ()"
	w.read(files)
	if got := w.found()["a"]; got == "" {
		t.Error("a tenant with a hole in its history was compared")
	}
	if w.check(drift.Options{}).Clean() {
		t.Error("and the report is clean")
	}
}

func TestTheWorkshopIsClean(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	var err error
	if w.shared, err = migrate.Load(os.DirFS("../migrate/testdata/workshop"), "shared", migrate.Shared); err != nil {
		t.Fatal(err)
	}
	if w.source, err = migrate.Load(os.DirFS("../migrate/testdata/workshop"), "tenant", migrate.Tenant); err != nil {
		t.Fatal(err)
	}
	w.up()
	a := w.build("a")
	w.build("b")
	w.says(map[string]string{})
	w.inside(a, "ALTER TABLE jobs DISABLE TRIGGER jobs_done")
	w.says(map[string]string{"a": "trigger jobs.jobs_done: disabled, not expected"})
}
