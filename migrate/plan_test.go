package migrate_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// brief writes what a statement does in one line.
func brief(e migrate.Effect) string {
	var parts []string
	for _, l := range e.Locks {
		text := l.Mode + " " + l.Table
		if l.Shared {
			text += "*"
		}
		parts = append(parts, text)
	}
	for _, table := range e.Rewrites {
		parts = append(parts, "rewrites "+table)
	}
	for _, f := range e.Findings {
		parts = append(parts, "!"+f.Kind)
	}
	return strings.Join(parts, ", ")
}

func plan(t *testing.T, r *migrate.Runner, o migrate.PlanOptions) *migrate.Plan {
	t.Helper()
	p, err := r.Plan(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// planned is a town with one tenant whose table "big" has 2,000 rows.
func planned(t *testing.T) (w *town, shared migrate.Source, base map[string]string) {
	w = newTown(t)
	w.build("acme")
	shared = sql(t, migrate.Shared, map[string]string{"1": "CREATE TABLE plans (id int PRIMARY KEY)"})
	base = map[string]string{"1": "CREATE TABLE big (id int, name text, type text); CREATE TABLE small (id int);\n" +
		"INSERT INTO big SELECT n, 'x' FROM generate_series(1, 2000) AS n"}
	up(t, w.runner(shared, sql(t, migrate.Tenant, base)), migrate.Options{})
	w.exec("ANALYZE")
	return w, shared, base
}

func TestWhatStatementsDo(t *testing.T) {
	t.Parallel()
	cases := []struct{ sql, want string }{
		{"CREATE TABLE fresh (id int)", ""},
		{"CREATE TABLE fresh (id int REFERENCES plans)", "SHARE ROW EXCLUSIVE plans*, !shared-lock"},
		{"CREATE TABLE fresh (id int REFERENCES big)", "SHARE ROW EXCLUSIVE big"},
		{"CREATE INDEX ON small (id)", "SHARE small"},
		{"CREATE INDEX by_name ON ONLY __tenant__.big USING btree (name)", "SHARE big, !blocking"},
		{"CREATE UNIQUE INDEX IF NOT EXISTS by_name ON big (name)", "SHARE big, !blocking"},
		{"CREATE TRIGGER x AFTER UPDATE ON big EXECUTE FUNCTION f()", "SHARE ROW EXCLUSIVE big"},
		{"ALTER TABLE big ADD COLUMN a int", "ACCESS EXCLUSIVE big"},
		{"ALTER TABLE big ADD a int NOT NULL", "ACCESS EXCLUSIVE big, !not-null"},
		{"ALTER TABLE big ADD a int NOT NULL DEFAULT 1", "ACCESS EXCLUSIVE big"},
		{"ALTER TABLE big ADD a uuid DEFAULT gen_random_uuid()", "ACCESS EXCLUSIVE big, rewrites big, !rewrite"},
		{"ALTER TABLE big ADD a int GENERATED ALWAYS AS IDENTITY", "ACCESS EXCLUSIVE big, rewrites big, !rewrite"},
		{"ALTER TABLE big ADD a int, DROP COLUMN IF EXISTS name", "ACCESS EXCLUSIVE big, !data-loss"},
		{"ALTER TABLE big DROP CONSTRAINT x", "ACCESS EXCLUSIVE big"},
		{"ALTER TABLE big ALTER id TYPE bigint", "ACCESS EXCLUSIVE big, rewrites big, !rewrite"},
		{"ALTER TABLE small ALTER COLUMN id SET DATA TYPE numeric(10, 2)", "ACCESS EXCLUSIVE small, rewrites small, !rewrite"},
		{"ALTER TABLE big ALTER COLUMN type SET NOT NULL", "ACCESS EXCLUSIVE big, !blocking"},
		{"ALTER TABLE big ALTER COLUMN type DROP NOT NULL", "ACCESS EXCLUSIVE big"},
		{"ALTER TABLE big ADD CHECK (id > 0)", "ACCESS EXCLUSIVE big, !blocking"},
		{"ALTER TABLE big ADD CHECK (id > 0) NOT VALID", "ACCESS EXCLUSIVE big"},
		{"ALTER TABLE big VALIDATE CONSTRAINT x", "SHARE UPDATE EXCLUSIVE big"},
		{"ALTER TABLE big ADD CONSTRAINT x FOREIGN KEY (id) REFERENCES shared.plans (id) NOT VALID",
			"SHARE ROW EXCLUSIVE big, SHARE ROW EXCLUSIVE plans*, !shared-lock"},
		{"DROP TABLE IF EXISTS small, big CASCADE", "ACCESS EXCLUSIVE small, ACCESS EXCLUSIVE big, !data-loss, !data-loss"},
		{"DROP TABLE __tenant__.small", "ACCESS EXCLUSIVE small, !data-loss"},
		{"TRUNCATE small, big", "ACCESS EXCLUSIVE small, ACCESS EXCLUSIVE big, !data-loss, !data-loss"},
		{"DROP TYPE mood CASCADE", "!data-loss"},
		{"DELETE FROM big", "ROW EXCLUSIVE big, !data-loss"},
		{"DELETE FROM big WHERE id = 1", "ROW EXCLUSIVE big"},
		{"UPDATE big SET id = 1", "ROW EXCLUSIVE big, !blocking"},
		{"INSERT INTO small VALUES (1)", "ROW EXCLUSIVE small"},
		{"DO 'BEGIN END'", "!unseen"},
		{"SELECT 1", ""},
	}
	w, shared, base := planned(t)
	for _, c := range cases {
		files := maps.Clone(base)
		files["2"] = c.sql
		p := plan(t, w.runner(shared, sql(t, migrate.Tenant, files)), migrate.PlanOptions{Large: 1000})
		if got := brief(p.Migrations[0].Effects[0]); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

// What a plan's own migration makes is empty, and nobody waits for it.
func TestAPlanKnowsWhatItMakes(t *testing.T) {
	t.Parallel()
	w, shared, base := planned(t)
	files := maps.Clone(base)
	files["2"] = "CREATE TABLE fresh (id int)"
	files["3"] = "ALTER TABLE fresh ADD a int NOT NULL, ALTER id TYPE bigint; CREATE INDEX ON fresh (a); DROP TABLE fresh"
	for _, m := range plan(t, w.runner(shared, sql(t, migrate.Tenant, files)), migrate.PlanOptions{}).Migrations {
		for _, e := range m.Effects {
			if got := brief(e); got != "" {
				t.Errorf("%s: %s", e.Statement.SQL, got)
			}
		}
	}
}

func TestAPlanSaysWhatRunsWhere(t *testing.T) {
	t.Parallel()
	w, shared, base := planned(t)
	w.build("hooli")
	files := maps.Clone(base)
	files["2"] = "ALTER TABLE small ADD a int"
	r := w.runner(shared, sql(t, migrate.Tenant, files))
	p := plan(t, r, migrate.PlanOptions{})
	var got []string
	for _, target := range p.Targets {
		got = append(got, fmt.Sprint(target.Label(), " ", target.From, "→", target.To, " ", len(target.Todo)))
	}
	if text := strings.Join(got, ", "); text != "acme 1→2 1, hooli 0→2 2" {
		t.Error(text)
	}
	if len(p.Migrations) != 2 || p.Migrations[0].Targets != 1 || p.Migrations[1].Targets != 2 {
		t.Errorf("%+v", p.Migrations)
	}
	if w.versions(w.tenants[1].ID.String()) != "" {
		t.Error("something was changed")
	}
}

func TestASharedMigrationThatEverybodyWaitsFor(t *testing.T) {
	t.Parallel()
	w, _, base := planned(t)
	shared := sql(t, migrate.Shared, map[string]string{"1": "CREATE TABLE plans (id int PRIMARY KEY)", "2": "ALTER TABLE plans ADD a int"})
	p := plan(t, w.runner(shared, sql(t, migrate.Tenant, base)), migrate.PlanOptions{})
	if got := brief(p.Migrations[0].Effects[0]); got != "ACCESS EXCLUSIVE plans*, !shared-lock" {
		t.Error(got)
	}
}
