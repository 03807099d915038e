package tenantsql_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
	"github.com/rowhouse-go/rowhouse/tenantsql"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a street with a few tenants and the door to them.
type world struct {
	url     string
	door    *tenantpgx.DB
	db      *sql.DB
	pool    *pgxpool.Pool
	tenants map[string]*tenant.Tenant
}

// directory is a registry that fits into a test.
type directory map[string]*tenant.Tenant

func (d directory) Lookup(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
	if t, ok := d[key.Value]; ok {
		return t, nil
	}
	return nil, tenant.ErrNotFound
}

func (d directory) Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return d.Lookup(ctx, tenant.ByID(id))
}

// newWorld opens a database with the tenants a and b, each with its table people and its type shade,
// through at most conns connections.
func newWorld(t *testing.T, conns int32) *world {
	t.Helper()
	w := openWorld(t, pgtest.Database(t), conns, "a", "b")
	t.Cleanup(func() { _ = w.db.Close() })
	return w
}

func openWorld(t testing.TB, url string, conns int32, slugs ...string) *world {
	t.Helper()
	names := isolation.DefaultNames()
	level := schema.New(names)
	known := directory{}
	w := &world{url: url, tenants: map[string]*tenant.Tenant{}}
	w.admin(t, "CREATE SCHEMA shared; CREATE TABLE shared.plans (name text); INSERT INTO shared.plans VALUES ('free')")
	for _, slug := range slugs {
		id := tenant.NewID()
		resident := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: level.Place(id, slug, "main")}
		known[id.String()], w.tenants[slug] = resident, resident
		w.admin(t, "CREATE SCHEMA "+resident.Placement.Schema)
		w.inside(t, slug, "CREATE TYPE shade AS ENUM ('light', 'dark')")
		w.inside(t, slug, fmt.Sprintf("CREATE TABLE people (id int PRIMARY KEY, name text UNIQUE); INSERT INTO people VALUES (1, '%s')", slug))
	}
	set := pools.New(map[string]pools.Server{"main": {URL: url, MaxConns: conns}})
	t.Cleanup(set.Close)
	w.door = tenantpgx.New(tenantpgx.Config{
		Directory: known, Pools: set, Levels: isolation.LevelsOf(level), Names: names, Main: "main",
		Types: []string{"shade"},
	})
	w.db = tenantsql.Open(w.door, tenantsql.PingThrough(w.door.Shared()))
	var err error
	if w.pool, err = set.Pool("main"); err != nil {
		t.Fatal(err)
	}
	return w
}

// admin runs a script past the door.
func (w *world) admin(t testing.TB, script string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), w.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), script); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

// inside runs a script in a tenant's schema, as a migration does.
func (w *world) inside(t testing.TB, slug, script string) {
	t.Helper()
	w.admin(t, fmt.Sprintf("SET search_path = %q; %s", w.tenants[slug].Placement.Schema, script))
}

// as returns a context that names a tenant and ends with the test.
func (w *world) as(t testing.TB, slug string) context.Context {
	return tenant.NewContext(t.Context(), w.tenants[slug])
}

// idle fails the test unless the pool is clean: no connection is in use and none is
// left in a transaction.
func (w *world) idle(t testing.TB) {
	t.Helper()
	// A connection that had to be closed leaves the pool a moment later.
	for range 100 {
		if w.pool.Stat().AcquiredConns() == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := w.pool.Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
	for _, conn := range w.pool.AcquireAllIdle(t.Context()) {
		if status := conn.Conn().PgConn().TxStatus(); status != 'I' {
			t.Errorf("an idle connection is in state %c", status)
		}
		conn.Release()
	}
}

// querier is a *sql.DB, a *sql.Tx or a *sql.Conn.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// text runs a query that returns one text.
func text(t testing.TB, q querier, ctx context.Context, query string, args ...any) string {
	t.Helper()
	var s string
	if err := q.QueryRowContext(ctx, query, args...).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

func exec(t testing.TB, db interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, ctx context.Context, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(ctx, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
