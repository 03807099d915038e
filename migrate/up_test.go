package migrate_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const workshopTables = "customers invoices job_parts jobs notes open_invoices parts payments sessions staff tags vehicle_tags vehicles"

func TestUpBringsTheFleetToTheHead(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(5)
	r := w.runner(workshop(t))
	report := up(t, r, migrate.Options{})
	if n := len(report.Changed()); n != 6 {
		t.Errorf("%d targets changed, want the shared scope and 5 tenants", n)
	}
	if got := w.versions("shared"); got != "1 2" {
		t.Errorf("shared has %s", got)
	}
	for _, tn := range w.tenants {
		if got := w.versions(tn.ID.String()); got != "1 2 3 4 5 6 7 8 9" {
			t.Errorf("%s has %s", tn.Slug, got)
		}
		if got := w.tables(tn); got != workshopTables {
			t.Errorf("%s has %s", tn.Slug, got)
		}
		if tn.Version != 9 {
			t.Errorf("the registry has %s at %d", tn.Slug, tn.Version)
		}
	}
	if n := len(up(t, r, migrate.Options{}).Changed()); n != 0 {
		t.Errorf("a second run changed %d targets", n)
	}
}

func TestTheLedgerSaysWhatRanAndHowLong(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	source := sql(t, migrate.Tenant, map[string]string{"1": "SELECT pg_sleep(0.03)"})
	up(t, w.runner(nil, source), migrate.Options{})
	got := w.text("SELECT (name, checksum, duration_ms BETWEEN 30 AND 5000) FROM rowhouse.ledger WHERE target = $1", acme.ID.String())
	if want := "(step," + source[0].Checksum + ",t)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestThePlaceholderIsTheTenantsSchema(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.build("a"), w.build("b")
	up(t, w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE __tenant__.here AS SELECT '__tenant'::text AS n"})), migrate.Options{Workers: 1})
	if w.tables(a) != "here" || w.tables(b) != "here" {
		t.Errorf("a has %q, b has %q", w.tables(a), w.tables(b))
	}
}

func TestOneTenantWithBadDataFailsAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(10)
	first := map[string]string{"1": "CREATE TABLE t (n int)"}
	up(t, w.runner(nil, sql(t, migrate.Tenant, first)), migrate.Options{})
	bad := w.tenants[3]
	w.exec(`INSERT INTO "` + bad.Placement.Schema + `".t VALUES (1), (1)`)

	first["2"] = "SELECT 1;\n\nCREATE UNIQUE INDEX t_n\n ON t (n);"
	r := w.runner(nil, sql(t, migrate.Tenant, first))
	report, err := r.Up(context.Background(), migrate.Options{})
	var partial *migrate.PartialError
	if !errors.As(err, &partial) || len(partial.Failed) != 1 || len(partial.Applied) != 10 {
		t.Fatalf("got %v", err)
	}
	var step *migrate.StepError
	if !errors.As(partial.Failed[0].Err, &step) || step.Target != bad.Slug || step.Migration != "m/2_step.sql" || step.Line != 4 {
		t.Errorf("got %+v", step)
	}
	if len(report.Changed()) != 9 || partial.Failed[0].Version != 1 || partial.Failed[0].Left != 1 {
		t.Errorf("%d changed; failed: %+v", len(report.Changed()), partial.Failed[0])
	}

	w.exec(`TRUNCATE "` + bad.Placement.Schema + `".t`)
	if again := up(t, r, migrate.Options{}).Changed(); len(again) != 1 || again[0].Label() != bad.Slug {
		t.Errorf("the second run changed %v", again)
	}
}

func TestAnErrorNamesItsLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sql  string
		line int
	}{
		"a position":   {"SELECT 1;\nSELECT 'ö',\n  nothing\n FROM __tenant__.x;", 5},
		"a column":     {"SELECT 'ö',\n  nothing;", 3},
		"no position":  {"SELECT 1;\nSELECT 2;\nSELECT 1/0;\nSELECT 3;", 4},
		"syntax":       {"SELECT 1;\nSELEC 2;", 3},
		"at the end":   {"CREATE TABLE a (n int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1), (1);", 0},
		"after a rows": {"SELECT generate_series(1, 3);\nSELECT n/(n-2) FROM generate_series(1, 3) n;", 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.build("acme")
			_, err := w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": test.sql})).Up(context.Background(), migrate.Options{})
			var step *migrate.StepError
			if !errors.As(err, &step) || step.Line != test.line {
				t.Errorf("got %v, want line %d", err, test.line)
			}
			if got := w.versions(w.tenants[0].ID.String()); got != "" {
				t.Errorf("the ledger has %s", got)
			}
		})
	}
}

func TestAFailingSharedMigrationEndsTheRun(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	r := w.runner(sql(t, migrate.Shared, map[string]string{"1": "SELECT 1/0"}), sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE t ()"}))
	_, err := r.Up(context.Background(), migrate.Options{})
	var step *migrate.StepError
	if !errors.As(err, &step) || step.Target != "shared" {
		t.Errorf("got %v", err)
	}
	if partial := (*migrate.PartialError)(nil); errors.As(err, &partial) {
		t.Error("nothing was applied, so the failure is not partial")
	}
	if got := w.tables(acme); got != "" {
		t.Errorf("acme has %s", got)
	}
}

func TestAfterOrdersTheScopes(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.build("a")
	w.build("b")
	shared := sql(t, migrate.Shared, map[string]string{
		"1": "CREATE TABLE log (at bigserial, who text)",
		"2": "-- +rowhouse after tenant/1\nINSERT INTO log (who) VALUES ('shared')",
	})
	tenants := sql(t, migrate.Tenant, map[string]string{
		"1": "INSERT INTO shared.log (who) VALUES ('one')",
		"2": "-- +rowhouse after shared/2\nINSERT INTO shared.log (who) VALUES ('two')",
	})
	r := w.runner(shared, tenants)

	// One tenant alone does not release a migration that waits for all of them.
	_, err := r.Up(context.Background(), migrate.Options{Filter: registry.Filter{Slugs: []string{"a"}}})
	if !errors.Is(err, migrate.ErrHeldBack) {
		t.Fatalf("got %v", err)
	}
	up(t, r, migrate.Options{})
	if got := w.text("SELECT string_agg(who, ' ' ORDER BY at) FROM shared.log"); got != "one one shared two two" {
		t.Errorf("got %s", got)
	}
}

func TestOptionsChoose(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.build("a"), w.build("b")
	tenants := sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE one ()", "2": "CREATE TABLE two ()"})
	r := w.runner(sql(t, migrate.Shared, map[string]string{"1": "CREATE TABLE s ()"}), tenants)

	report := up(t, r, migrate.Options{DryRun: true})
	if len(report.Changed()) != 3 || w.tables(a) != "" || w.text("SELECT to_regclass('rowhouse.ledger')") != "" {
		t.Errorf("a dry run changed something, or reported %d targets", len(report.Changed()))
	}
	up(t, r, migrate.Options{SharedOnly: true})
	if w.versions("shared") != "1" || w.tables(a) != "" {
		t.Error("the shared scope alone was asked for")
	}
	up(t, r, migrate.Options{Filter: registry.Filter{Slugs: []string{"a"}}, To: 1})
	if w.tables(a) != "one" || w.tables(b) != "" {
		t.Errorf("a has %q, b has %q", w.tables(a), w.tables(b))
	}
	_, err := r.Up(context.Background(), migrate.Options{Filter: registry.Filter{Slugs: []string{"a", "typo"}}})
	if !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestStatusDecidesWhoIsMigrated(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, s := range []tenant.Status{tenant.Active, tenant.ReadOnly, tenant.Suspended, tenant.Provisioning, tenant.Failed, tenant.Deleting} {
		w.build(string(s)).Status = s
	}
	w.exec(isolation.ReadOnly(w.tenants[1].ID, true).Inline())
	report := up(t, w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE t ()"})), migrate.Options{})
	var changed, skipped []string
	for _, o := range report.Changed() {
		changed = append(changed, o.Label())
	}
	for _, s := range report.Skipped {
		skipped = append(skipped, s.Tenant.Slug)
	}
	if !slices.Equal(changed, []string{"active", "read_only", "suspended"}) || !slices.Equal(skipped, []string{"provisioning", "failed", "deleting"}) {
		t.Errorf("changed %v, skipped %v", changed, skipped)
	}
}
