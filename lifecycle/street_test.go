package lifecycle_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// orders make the test program work as one of many and exit, so that it can be
// killed.
const ordersEnv = "ROWHOUSE_TEST_LIFECYCLE"

type orders struct {
	URL   string
	Do    string
	ID    tenant.ID
	Slugs []string // for create
	Role  string   // of the application, where tenants share their tables
}

func (o orders) level() isolation.Level {
	if o.Role != "" {
		return row.New(isolation.DefaultNames(), row.GrantTo(o.Role))
	}
	return schema.New(isolation.DefaultNames())
}

func TestMain(m *testing.M) {
	if text := os.Getenv(ordersEnv); text != "" {
		if err := obey(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pgtest.Main(m)
}

func obey(text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	s, err := newStreetAt(o.level(), o.URL, nil)
	if err != nil {
		return err
	}
	defer s.close()
	if o.Do == "create many" {
		return s.createMany(o.Slugs)
	}
	return s.do(context.Background(), o.Do, o.ID)
}

// files are a tenant's migrations. Views, keys to a shared table and an enum give
// the demolition something to fall over. The last commits in between.
func files() (shared, tenants fstest.MapFS) {
	up := func(sql string) *fstest.MapFile { return &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql + ";\n")} }
	return fstest.MapFS{"0001_plans.sql": up("CREATE TABLE plans (name text PRIMARY KEY)")},
		fstest.MapFS{
			"0001_notes.sql": up("CREATE TYPE mood AS ENUM ('good');\nCREATE TABLE notes (id serial PRIMARY KEY, body text, mood mood, plan text REFERENCES plans)"),
			"0002_tags.sql":  up("CREATE TABLE tags (note int REFERENCES notes, tag text);\nCREATE VIEW tagged AS SELECT * FROM notes JOIN tags ON note = id"),
			"0003_mood.sql":  {Data: []byte("-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY IF NOT EXISTS tags_tag ON tags (tag);\n")},
		}
}

const (
	head    = 3
	objects = 3 // tables and views that a whole tenant has
)

// street is one program's manager over a database, as package rowhouse makes it.
type street struct {
	*lifecycle.Manager
	config lifecycle.Config
	url    string
	pool   *pgxpool.Pool
	store  *registry.Postgres
	level  isolation.Level
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

// newStreetAt dials as told, so that a test can cut all lines of one program.
func newStreetAt(level isolation.Level, url string, dial func(context.Context, string, string) (net.Conn, error)) (*street, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if dial != nil {
		config.ConnConfig.DialFunc = dial
	}
	config.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, err
	}
	s := &street{url: url, pool: pool, store: registry.NewPostgres(pool), dial: dial, level: level}
	shared, tenants := files()
	if level.Name() == tenant.Row {
		tenants = rowFiles()
	}
	return s, s.assemble(shared, tenants)
}

func (s *street) assemble(shared, tenants fstest.MapFS) error {
	sharedFiles, err := migrate.Load(shared, ".", migrate.Shared)
	if err != nil {
		return err
	}
	tenantFiles, err := migrate.Load(tenants, ".", migrate.Tenant)
	if err != nil {
		return err
	}
	levels := isolation.LevelsOf(s.level)
	runner, err := migrate.New(migrate.Config{
		Shared: sharedFiles, Tenant: tenantFiles, Main: "main", Tenants: s.store, Projection: s.store, Levels: levels, Conns: s,
	})
	if err != nil {
		return err
	}
	s.config = lifecycle.Config{
		Store: s.store, Migrator: runner, Connect: s, Levels: levels, Default: s.level.Name(), Main: "main",
		Actor: "test", Bases: []string{"polls.localhost"}, Central: []string{"app.polls.localhost", "status.example"}, Patience: time.Second,
		Within: func(tx pgx.Tx) registry.Store { return s.store.WithTx(tx) },
	}
	s.Manager = lifecycle.NewManager(s.config)
	_, err = runner.Up(context.Background(), migrate.Options{SharedOnly: true})
	return err
}

// Connect implements [lifecycle.Connector] and [migrate.Conns].
func (s *street) Connect(ctx context.Context, _, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(s.url)
	if err != nil {
		return nil, err
	}
	if database != "" {
		config.Database = database
	}
	if s.dial != nil {
		config.DialFunc = s.dial
	}
	return pgx.ConnectConfig(ctx, config)
}

func (s *street) close() { s.pool.Close() }

// do runs an operation by its name. Create is of the slug "acme".
func (s *street) do(ctx context.Context, name string, id tenant.ID) (err error) {
	switch name {
	case "create":
		_, err = s.Create(ctx, lifecycle.New{Slug: "acme", Domains: []string{"acme.example"}})
	case "restore":
		_, err = s.Restore(ctx, id, "")
	default:
		_, err = s.operations()[name](ctx, id)
	}
	return err
}

type operation func(context.Context, tenant.ID) (*tenant.Tenant, error)

func (s *street) operations() map[string]operation {
	return map[string]operation{
		"delete": s.Delete, "purge": s.Purge, "reset": s.Reset,
		"read-only": s.ReadOnly, "suspend": s.Suspend, "resume": s.Resume,
		"restore": func(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) { return s.Restore(ctx, id, "") },
	}
}

// install makes an empty street in a database of the test's own.
func install(t *testing.T) *street { return installIn(t, pgtest.Database(t)) }

func installIn(t *testing.T, url string) *street {
	t.Helper()
	return installAt(t, schema.New(isolation.DefaultNames()), url)
}

func installAt(t *testing.T, level isolation.Level, url string) *street {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := registry.NewPostgres(conn).Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := migrate.InstallLedger(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	s, err := newStreetAt(level, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func (s *street) create(t *testing.T, slug string) *tenant.Tenant {
	t.Helper()
	made, err := s.Create(t.Context(), lifecycle.New{Slug: slug})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// must runs operations one after the other.
func (s *street) must(t *testing.T, id tenant.ID, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := s.do(t.Context(), name, id); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func (s *street) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := s.pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}
