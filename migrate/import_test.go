package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const (
	gooseTable = `CREATE TABLE %[1]s.goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
INSERT INTO %[1]s.goose_db_version (version_id, is_applied) VALUES (0, true), %[2]s`
	golangMigrateTable = `CREATE TABLE %[1]s.schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
INSERT INTO %[1]s.schema_migrations VALUES %[2]s`
)

// used leaves a version table in a tenant's schema, as another tool would have.
func (w *town) used(tn *tenant.Tenant, table, rows string) {
	w.t.Helper()
	w.exec(fmt.Sprintf(table, pgx.Identifier{tn.Placement.Schema}.Sanitize(), rows))
}

func three(t *testing.T) migrate.Source {
	return sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE one ()", "2": "CREATE TABLE two ()", "3": "CREATE TABLE three ()"})
}

func TestImportReadsWhatAnotherToolApplied(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		table, rows, name string
		want              string
	}{
		"goose":                      {gooseTable, "(1, true), (2, true)", "goose_db_version", "1 2"},
		"goose, taken back":          {gooseTable, "(1, true), (2, true), (2, false)", "goose_db_version", "1"},
		"goose, taken back and done": {gooseTable, "(1, true), (1, false), (1, true)", "goose_db_version", "1"},
		"goose, nothing yet":         {gooseTable, "(0, true)", "goose_db_version", ""},
		"golang-migrate":             {golangMigrateTable, "(2, false)", "schema_migrations", "1 2"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			acme := w.build("acme")
			w.used(acme, c.table, c.rows)
			r := w.runner(nil, three(t))
			for range 2 { // it may be repeated
				if _, err := r.Import(context.Background(), migrate.ImportOptions{Table: c.name}); err != nil {
					t.Fatal(err)
				}
				if got := w.versions(acme.ID.String()); got != c.want {
					t.Errorf("acme has %q, want %q", got, c.want)
				}
			}
			if w.tables(acme) != c.name {
				t.Error("something was run")
			}
		})
	}
}

func TestAfterAnImportTheFleetGoesOn(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme, hooli := w.build("acme"), w.build("hooli")
	shared := sql(t, migrate.Shared, map[string]string{"1": "CREATE TABLE plans ()"})
	w.exec("CREATE SCHEMA shared; CREATE TABLE shared.plans ()")
	w.exec(fmt.Sprintf(golangMigrateTable, "shared", "(1, false)"))
	for tn, at := range map[*tenant.Tenant]string{acme: "(2, false)", hooli: "(1, false)"} {
		w.used(tn, golangMigrateTable, at)
		w.inside(tn.Slug, "CREATE TABLE one ()")
	}
	w.inside("acme", "CREATE TABLE two ()")
	r := w.runner(shared, three(t))
	report, err := r.Import(context.Background(), migrate.ImportOptions{Table: "schema_migrations"})
	if err != nil || report.Counts().Done != 3 {
		t.Fatalf("%+v: %v", report, err)
	}
	up(t, r, migrate.Options{})
	for _, tn := range w.tenants {
		if got := w.versions(tn.ID.String()); got != "1 2 3" {
			t.Errorf("%s has %s", tn.Slug, got)
		}
	}
	if w.tenants[0].Version != 3 {
		t.Error("the registry was not told")
	}
}

func TestImportRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.used(w.build("fine"), golangMigrateTable, "(3, false)")
	w.used(w.build("dirty"), golangMigrateTable, "(2, true)")
	w.used(w.build("ahead"), golangMigrateTable, "(9, false)")
	w.build("without")
	r := w.runner(nil, three(t))
	report, err := r.Import(context.Background(), migrate.ImportOptions{Table: "schema_migrations"})
	var partial *migrate.PartialError
	var unknown *migrate.UnknownError
	if !errors.As(err, &partial) || len(partial.Failed) != 3 || !errors.Is(err, migrate.ErrDirty) || !errors.As(err, &unknown) ||
		!strings.Contains(err.Error(), "without: has no such version table") {
		t.Fatalf("got %v", err)
	}
	if n := report.Counts(); n.Done != 1 || w.entries() != 3 {
		t.Errorf("%+v, %d entries", n, w.entries())
	}
}

func TestAnImportThatIsOnlyTriedWritesNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.used(w.build("acme"), golangMigrateTable, "(3, false)")
	report, err := w.runner(nil, three(t)).Import(context.Background(), migrate.ImportOptions{Table: "schema_migrations", DryRun: true})
	if err != nil || len(report.Changed()) != 1 || w.entries() != 0 {
		t.Errorf("%+v: %v", report, err)
	}
}

func TestImportFromAStrangeTable(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	w.exec("CREATE TABLE " + acme.Placement.Schema + ".versions (v int)")
	_, err := w.runner(nil, three(t)).Import(context.Background(), migrate.ImportOptions{Table: "versions"})
	if err == nil || !strings.Contains(err.Error(), "neither goose's nor golang-migrate's") {
		t.Errorf("got %v", err)
	}
}
