package diff_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/diff"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a project in a folder, and three tenants.
type world struct {
	testing.TB
	dir, url string
	tenants  []*tenant.Tenant
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, dir: t.TempDir(), url: pgtest.Database(t)}
	names := isolation.DefaultNames()
	w.exec("CREATE SCHEMA shared; CREATE SCHEMA extensions")
	for _, slug := range []string{"acme", "hooli", "initech"} {
		id := tenant.NewID()
		one := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: schema.New(names).Place(id, slug, "main")}
		w.tenants = append(w.tenants, one)
		w.exec("CREATE SCHEMA " + one.Placement.Schema)
	}
	w.models(migrate.Shared, sharedModel)
	if r := w.next(migrate.Shared, "begin"); len(r.Files) != 1 || len(r.Gaps) > 0 {
		t.Fatalf("the shared scope: %+v", r)
	}
	w.up()
	return w
}

const sharedModel = `
CREATE EXTENSION IF NOT EXISTS citext SCHEMA extensions;
CREATE TABLE plans (id int PRIMARY KEY, name text NOT NULL UNIQUE);
COMMENT ON TABLE plans IS 'what customers pay';
`

// Connect lets a runner, and diff, reach the world's server.
func (w *world) Connect(ctx context.Context, _, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(w.url)
	if err != nil {
		return nil, err
	}
	if database != "" {
		config.Database = database
	}
	return pgx.ConnectConfig(ctx, config)
}

// List makes the world a runner's registry.
func (w *world) List(context.Context, registry.Filter) ([]*tenant.Tenant, error) {
	return w.tenants, nil
}

func (w *world) folder(scope migrate.Scope) string { return filepath.Join(w.dir, string(scope)) }

func (w *world) models(scope migrate.Scope, sql string) {
	w.Helper()
	if err := os.WriteFile(w.folder(scope)+".sql", []byte(sql), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *world) source(scope migrate.Scope) migrate.Source {
	w.Helper()
	if err := os.MkdirAll(w.folder(scope), 0o700); err != nil {
		w.Fatal(err)
	}
	s, err := migrate.Load(os.DirFS(w.folder(scope)), ".", scope)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *world) config(scope migrate.Scope) diff.Config {
	return diff.Config{
		Scope: scope, Desired: diff.Models(w.folder(scope) + ".sql"), Dir: w.folder(scope), Conns: w, Main: "main",
		Shared: w.source(migrate.Shared), Tenant: w.source(migrate.Tenant),
	}
}

// configWith has another desired state.
func (w *world) configWith(desired diff.Desired) diff.Config {
	w.Helper()
	c := w.config(migrate.Tenant)
	c.Desired = desired
	return c
}

func (w *world) next(scope migrate.Scope, name string) *diff.Result {
	w.Helper()
	r, err := diff.Next(w.Context(), w.config(scope), name)
	if err != nil {
		w.Fatalf("diff %s: %v", name, err)
	}
	for _, f := range r.Files {
		text, err := os.ReadFile(f.Path)
		if err != nil {
			w.Fatal(err)
		}
		w.Logf("%s\n%s", filepath.Base(f.Path), text)
	}
	return r
}

func (w *world) runner() *migrate.Runner {
	w.Helper()
	r, err := migrate.New(migrate.Config{
		Shared: w.source(migrate.Shared), Tenant: w.source(migrate.Tenant), Main: "main",
		Tenants: w, Levels: isolation.LevelsOf(schema.New(isolation.DefaultNames())), Conns: w,
	})
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) up() {
	w.Helper()
	if _, err := w.runner().Up(w.Context(), migrate.Options{Workers: 2}); err != nil {
		w.Fatal(err)
	}
}

// down takes every tenant's migrations back.
func (w *world) down() {
	w.Helper()
	if _, err := w.runner().Down(w.Context(), migrate.DownOptions{All: true, Workers: 2}); err != nil {
		w.Fatal(err)
	}
}

// downTo takes back what is newer than a version.
func (w *world) downTo(version int64) {
	w.Helper()
	if _, err := w.runner().Down(w.Context(), migrate.DownOptions{To: version, Workers: 2}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) exec(sql string) {
	w.Helper()
	conn, err := w.Connect(w.Context(), "", "")
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.PgConn().Exec(w.Context(), sql).ReadAll(); err != nil {
		w.Fatalf("%v in %s", err, sql)
	}
}

// fingerprints are those of the tenants and of the shared scope.
func (w *world) fingerprints() map[string]string {
	w.Helper()
	conn, err := w.Connect(w.Context(), "", "")
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	names := []string{"shared"}
	for _, t := range w.tenants {
		names = append(names, t.Placement.Schema)
	}
	all, err := catalog.Fingerprint(w.Context(), conn, names)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// alike holds that all tenants are the same.
func (w *world) alike() {
	w.Helper()
	all := w.fingerprints()
	delete(all, "shared")
	if one := slices.Collect(maps.Values(all)); len(slices.Compact(one)) != 1 {
		w.Errorf("tenants differ: %v", all)
	}
}

func (w *world) same(begin map[string]string) {
	w.Helper()
	if now := w.fingerprints(); !maps.Equal(now, begin) {
		w.Errorf("the end %v is not the beginning %v", now, begin)
	}
}
