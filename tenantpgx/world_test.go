package tenantpgx_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is two tenants, a and b, with a table polls each, and the door to them over
// one connection.
type world struct {
	db   *tenantpgx.DB
	pool *pgxpool.Pool
	a, b *tenant.Tenant
	url  string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return openWorld(t, pgtest.Database(t), "")
}

// openWorld reaches the database through another URL if via is not empty.
func openWorld(t testing.TB, url, via string) *world {
	t.Helper()
	level, directory := schema.New(isolation.DefaultNames()), known{}
	w := &world{url: url}
	w.admin(t, "CREATE SCHEMA shared; CREATE TABLE shared.plans (name text); INSERT INTO shared.plans VALUES ('free')")
	for slug, who := range map[string]**tenant.Tenant{"a": &w.a, "b": &w.b} {
		id := tenant.NewID()
		*who = &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: level.Place(id, slug, "main")}
		directory[id.String()] = *who
		s := (*who).Placement.Schema
		w.admin(t, "CREATE SCHEMA "+s+"; CREATE TABLE "+s+".polls (id int PRIMARY KEY, question text); INSERT INTO "+s+".polls VALUES (1, '"+slug+"')")
	}
	if via == "" {
		via = url
	}
	set := pools.New(map[string]pools.Server{"main": {URL: via, MaxConns: 1}})
	t.Cleanup(set.Close)
	w.db = tenantpgx.New(tenantpgx.Config{
		Directory: directory, Pools: set, Levels: isolation.LevelsOf(level), Names: isolation.DefaultNames(), Main: "main",
	})
	var err error
	if w.pool, err = set.Pool("main"); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) admin(t testing.TB, script string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), w.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), script, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

func as(t testing.TB, who *tenant.Tenant) context.Context {
	return tenant.NewContext(t.Context(), who)
}

const byKey = "SELECT question FROM polls WHERE id = $1"

// reads fails the test unless q sees want's poll.
func reads(t testing.TB, q interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, want *tenant.Tenant) {
	t.Helper()
	var got string
	if err := q.QueryRow(as(t, want), byKey, 1).Scan(&got); err != nil || got != want.Slug {
		t.Errorf("%s reads %q, %v", want.Slug, got, err)
	}
}

// idle fails the test unless every connection was given back.
func (w *world) idle(t testing.TB) {
	t.Helper()
	if n := w.pool.Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
	reads(t, w.db, w.a)
	reads(t, w.db, w.b)
}
