package migrate_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// town is a fleet for tests: a real database, tenants kept in memory.
type town struct {
	t       testing.TB
	url     string
	conn    *pgx.Conn
	level   *schema.Level
	rows    *row.Level // of tenants that share their tables
	mu      sync.Mutex
	tenants []*tenant.Tenant
}

func newTown(t testing.TB) *town {
	t.Helper()
	return townAt(t, pgtest.Database(t))
}

func townAt(t testing.TB, url string) *town {
	t.Helper()
	w := &town{t: t, url: url, level: schema.New(isolation.DefaultNames())}
	w.conn = w.connect()
	return w
}

func (w *town) connect() *pgx.Conn {
	w.t.Helper()
	conn, err := pgx.Connect(context.Background(), w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Connect makes the town a migrate.Conns.
func (w *town) Connect(ctx context.Context, _, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(w.url)
	if err != nil {
		return nil, err
	}
	if database != "" {
		config.Database = database
	}
	return pgx.ConnectConfig(ctx, config)
}

// Level makes the town a migrate.Levels.
func (w *town) Level(name tenant.Level) (isolation.Level, error) {
	if name == tenant.Row {
		return w.rows, nil
	}
	return w.level, nil
}

// List makes the town a migrate.Tenants. It filters by slug only.
func (w *town) List(_ context.Context, f registry.Filter) (out []*tenant.Tenant, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.tenants {
		if len(f.Slugs) == 0 || slices.Contains(f.Slugs, t.Slug) {
			out = append(out, t)
		}
	}
	return out, nil
}

// SetVersions makes the town a migrate.Projection.
func (w *town) SetVersions(_ context.Context, versions map[tenant.ID]int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, t := range w.tenants {
		if v, ok := versions[t.ID]; ok {
			w.tenants[i] = t.Clone()
			w.tenants[i].Version = v
		}
	}
	return nil
}

// build adds a tenant with an empty home.
func (w *town) build(slug string) *tenant.Tenant {
	w.t.Helper()
	t := w.plan(slug)
	for _, s := range w.level.Create(t.Placement) {
		w.exec(s.Inline())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tenants = append(w.tenants, t)
	return t
}

// plan makes a tenant that nobody knows and that has no home.
func (w *town) plan(slug string) *tenant.Tenant {
	id := tenant.NewID()
	return &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: w.level.Place(id, slug, "main")}
}

func (w *town) buildMany(n int) {
	w.t.Helper()
	for i := range n {
		w.build(fmt.Sprintf("t%03d", i))
	}
}

// runner reads the migrations from files.
func (w *town) runner(shared, tenants migrate.Source, change ...func(*migrate.Config)) *migrate.Runner {
	w.t.Helper()
	c := migrate.Config{Shared: shared, Tenant: tenants, Main: "main", Tenants: w, Levels: w, Conns: w, Projection: w}
	for _, f := range change {
		f(&c)
	}
	r, err := migrate.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// workshop is the fixture: two shared tables, twelve tables for each tenant.
func workshop(t testing.TB) (shared, tenants migrate.Source) {
	t.Helper()
	shared, err := migrate.Load(os.DirFS("testdata/workshop"), "shared", migrate.Shared)
	if err != nil {
		t.Fatal(err)
	}
	if tenants, err = migrate.Load(os.DirFS("testdata/workshop"), "tenant", migrate.Tenant); err != nil {
		t.Fatal(err)
	}
	return shared, tenants
}

// up runs without an error.
func up(t testing.TB, r *migrate.Runner, o migrate.Options) *migrate.Report {
	t.Helper()
	report, err := r.Up(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (w *town) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.conn.Exec(context.Background(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

// text reads one value as text.
func (w *town) text(sql string, args ...any) (s string) {
	w.t.Helper()
	if err := w.conn.QueryRow(context.Background(), "SELECT coalesce(("+sql+")::text, '')", args...).Scan(&s); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return s
}

// versions are the ledger's entries of a target, in order.
func (w *town) versions(target string) string {
	w.t.Helper()
	return w.text("SELECT string_agg(version::text, ' ' ORDER BY version) FROM rowhouse.ledger WHERE target = $1", target)
}

// tables are the names of what a tenant's schema holds.
func (w *town) tables(t *tenant.Tenant) string {
	w.t.Helper()
	return w.text("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'v')",
		ident.Quote(t.Placement.Schema))
}

// sql makes a source of goose files: the part behind each number is its Up text.
func sql(t testing.TB, scope migrate.Scope, files map[string]string) migrate.Source {
	t.Helper()
	named := map[string]string{}
	for version, text := range files {
		if !strings.Contains(text, "+goose Up") {
			text = "-- +goose Up\n" + text
		}
		named[version+"_step.sql"] = text
	}
	s, err := migrate.Load(folder(named), "m", scope)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
