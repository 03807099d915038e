package drift_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// town is a fleet: a real database, tenants kept in memory.
type town struct {
	testing.TB
	url     string
	conn    *pgx.Conn
	level   *schema.Level
	rows    *row.Level // of tenants that share their tables
	tenants []*tenant.Tenant
	shared  migrate.Source
	source  migrate.Source
}

// newTown makes a database and reads migrations of the tenants from files by name.
// What begins with "shared/" is of the shared scope.
func newTown(t testing.TB, files map[string]string) *town {
	t.Helper()
	w := &town{TB: t, url: pgtest.Database(t), level: schema.New(isolation.DefaultNames())}
	w.conn = w.dial()
	w.read(files)
	w.up()
	return w
}

// read replaces the migrations.
func (w *town) read(files map[string]string) {
	w.Helper()
	all := fstest.MapFS{"shared/.keep": {}, "tenant/.keep": {}}
	for name, text := range files {
		if !strings.HasPrefix(name, "shared/") {
			name = "tenant/" + name
		}
		if !strings.Contains(text, "+goose Up") && !strings.HasSuffix(name, ".up.sql") {
			text = "-- +goose Up\n" + text + ";\n"
		}
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	var err error
	if w.shared, err = migrate.Load(all, "shared", migrate.Shared); err != nil {
		w.Fatal(err)
	}
	if w.source, err = migrate.Load(all, "tenant", migrate.Tenant); err != nil {
		w.Fatal(err)
	}
}

func (w *town) dial() *pgx.Conn {
	w.Helper()
	conn, err := pgx.Connect(context.Background(), w.url)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Connect makes the town a migrate.Conns.
func (w *town) Connect(ctx context.Context, _, _ string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, w.url)
}

// Level makes the town a migrate.Levels.
func (w *town) Level(name tenant.Level) (isolation.Level, error) {
	if name == tenant.Row {
		return w.rows, nil
	}
	return w.level, nil
}

// List makes the town a migrate.Tenants.
func (w *town) List(_ context.Context, f registry.Filter) (out []*tenant.Tenant, err error) {
	for _, t := range w.tenants {
		if (len(f.Slugs) == 0 || slices.Contains(f.Slugs, t.Slug)) && (len(f.IDs) == 0 || slices.Contains(f.IDs, t.ID)) {
			out = append(out, t)
		}
	}
	return out, nil
}

func (w *town) config() migrate.Config {
	return migrate.Config{Shared: w.shared, Tenant: w.source, Main: "main", Tenants: w, Levels: w, Conns: w}
}

func (w *town) runner() *migrate.Runner {
	w.Helper()
	r, err := migrate.New(w.config())
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *town) checker(more ...drift.Option) *drift.Checker {
	w.Helper()
	c, err := drift.New(w.config(), more...)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *town) up() {
	w.Helper()
	if _, err := w.runner().Up(w.Context(), migrate.Options{}); err != nil {
		w.Fatal(err)
	}
}

// build makes a tenant at the head.
func (w *town) build(slug string) *tenant.Tenant {
	w.Helper()
	id := tenant.NewID()
	t := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: w.level.Place(id, slug, "main")}
	return w.settle(t)
}

// buildAt makes a tenant whose schema has a name of its own.
func (w *town) buildAt(slug, schema string) *tenant.Tenant {
	w.Helper()
	t := &tenant.Tenant{ID: tenant.NewID(), Slug: slug, Status: tenant.Active}
	t.Placement = tenant.Placement{Level: tenant.Schema, Server: "main", Schema: schema, Epoch: 1}
	return w.settle(t)
}

func (w *town) settle(t *tenant.Tenant) *tenant.Tenant {
	w.Helper()
	if _, err := w.runner().Apply(w.Context(), w.conn, t); err != nil {
		w.Fatal(err)
	}
	w.tenants = append(w.tenants, t)
	return t
}

func (w *town) exec(sql string) {
	w.Helper()
	if _, err := w.conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
		w.Fatalf("%v in %.300s", err, sql)
	}
}

// inside runs SQL in a tenant's schema.
func (w *town) inside(t *tenant.Tenant, sql string) {
	w.Helper()
	w.exec("SET search_path = " + ident.QuotePath(t.Placement.Schema, "shared", "pg_temp") + "; " + sql + "; RESET search_path")
}

func (w *town) text(sql string) (out string) {
	w.Helper()
	if err := w.conn.QueryRow(w.Context(), sql).Scan(&out); err != nil {
		w.Fatalf("%v in %s", err, sql)
	}
	return out
}

func (w *town) check(o drift.Options) *drift.Report {
	w.Helper()
	report, err := w.checker().Check(w.Context(), o)
	if err != nil {
		w.Fatal(err)
	}
	return report
}

// found returns what a check says, by slug.
func (w *town) found() map[string]string {
	w.Helper()
	report := w.check(drift.Options{})
	all := map[string]string{}
	for _, d := range report.Drifted {
		lines := make([]string, len(d.Differences))
		for i, difference := range d.Differences {
			lines[i] = difference.String()
		}
		all[d.Tenant.Slug] = strings.Join(lines, "; ")
	}
	for _, u := range report.Unchecked {
		all[u.Tenant.Slug] = u.Err.Error()
	}
	return all
}

// says compares what a check finds with what it should find.
func (w *town) says(want map[string]string) {
	w.Helper()
	if got := w.found(); !maps.Equal(got, want) {
		w.Errorf("\n got %q\nwant %q", got, want)
	}
}
