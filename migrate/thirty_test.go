package migrate_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// everyKind are the migrations of every kind with which the rewriter is tested, as files
// for a runner; the first so many, or with 0 all. What is for each tenant is a file of its
// own, behind the one whose tables it fills.
func everyKind(t testing.TB, most int) (shared, tenants migrate.Source) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("..", "isolation", "row", "ddl", "testdata", "migrations.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	parts := map[string]string{}
	for _, f := range archive.Files {
		name := strings.TrimSuffix(f.Name, filepath.Ext(f.Name))
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		parts[f.Name] = "-- +goose StatementBegin\n" + string(f.Data) + "-- +goose StatementEnd\n"
	}
	if most > 0 {
		names = names[:most]
	}
	files := map[string]string{}
	for i, name := range names {
		if up := parts[name+".up"]; up != "" {
			files[fmt.Sprintf("%04d_%s.sql", 10*i+10, name[3:])] = "-- +goose Up\n" + up + "-- +goose Down\n" + parts[name+".down"]
		}
		if each := parts[name+".each"]; each != "" {
			files[fmt.Sprintf("%04d_rows.sql", 10*i+11)] = "-- +rowhouse each-tenant\n-- +goose Up\n" + each + "-- +goose Down\n"
		}
	}
	tenants, err = migrate.Load(folder(files), "m", migrate.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	return sql(t, migrate.Shared, map[string]string{
		"0001": "CREATE EXTENSION btree_gist; CREATE TABLE plans (id int PRIMARY KEY); INSERT INTO plans VALUES (1)",
	}), tenants
}

// Every kind of migration, forwards and back, by the runner, over tenants who share
// their tables and hold equal ids: after each step each of them has the rows that a
// tenant with a schema of its own has. With ROWHOUSE_PROOF=1 there are fifty tenants and
// all migrations, and the rows are compared after each.
func TestMigrationsOfEveryKindOverSharedTables(t *testing.T) {
	t.Parallel()
	many, steps, most, tables := 2, 6, 11, 6
	if pgtest.Proof() {
		many, steps, most, tables = 50, 1, 0, 20
	}
	w := newPooledTown(t)
	for i := range many {
		w.tenants = append(w.tenants, w.share(fmt.Sprintf("row-%02d", i)))
	}
	alone := w.build("alone")
	shared, tenants := everyKind(t, most)
	r := w.runner(shared, tenants)
	for at := steps; at < len(tenants)+steps; at += steps {
		to := tenants[min(at, len(tenants))-1].Version
		up(t, r, migrate.Options{To: to})
		w.equalRows(fmt.Sprintf("up to %d", to), alone, many)
	}
	if filled := w.equalRows("at the head", alone, many); filled < tables {
		t.Errorf("only %d tables have rows", filled)
	}
	for left := len(tenants); left > 0; left -= steps {
		report := down(t, r, migrate.DownOptions{Steps: steps})
		if n := len(report.Outcomes); n != 2 {
			t.Fatalf("%d outcomes", n)
		}
		w.equalRows(fmt.Sprintf("down to %d", max(left-steps, 0)), alone, many)
	}
	if got := w.text("SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'pooled'::regnamespace"); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

// digest is a table's rows in any order, tenant by tenant, as %s says.
const digest = `SELECT string_agg(rows, E'\n--\n') FROM (
	SELECT string_agg(row, E'\n' ORDER BY row) AS rows FROM (SELECT %s AS whose, (to_jsonb(t) - 'tenant_id')::text AS row FROM %s t) AS all_rows GROUP BY whose
) AS of_each`

// equalRows holds the shared tables against those of a tenant that has its own, and
// returns how many have rows.
func (w *town) equalRows(step string, alone *tenant.Tenant, many int) (filled int) {
	w.t.Helper()
	own := ident.Quote(alone.Placement.Schema)
	tables := w.text("SELECT string_agg(quote_ident(relname), ' | ' ORDER BY relname) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = $1::text::regnamespace", own)
	if pooled := w.text("SELECT string_agg(quote_ident(relname), ' | ' ORDER BY relname) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'pooled'::regnamespace"); pooled != tables {
		w.t.Fatalf("%s: there are %s, and shared %s", step, tables, pooled)
	}
	for _, table := range strings.Split(tables, " | ") {
		if table == "" {
			continue
		}
		want := w.text(fmt.Sprintf(digest, "1", own+"."+table))
		got := w.text(fmt.Sprintf(digest, "tenant_id", "pooled."+table))
		if want != "" {
			filled++
			want = strings.TrimSuffix(strings.Repeat(want+"\n--\n", many), "\n--\n")
		}
		if got != want {
			w.t.Fatalf("%s: %s holds\n%s\nwant\n%s", step, table, got, want)
		}
	}
	return filled
}
