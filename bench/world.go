package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

const tenants = 50

// urlVariable names a server to be used instead of a throw-away one.
const urlVariable = "ROWHOUSE_BENCH_DATABASE_URL"

// world is a database with fifty tenants, a door to them, and a plain pool whose
// connections have the first tenant's path for good.
type world struct {
	rounds  int
	slice   time.Duration
	url     string
	monitor *pgx.Conn
	plain   *pgxpool.Pool
	pools   *pools.Set
	door    *tenantpgx.DB
	tenants []*tenant.Tenant
	stop    func()
}

func newWorld(ctx context.Context, rounds int, slice time.Duration) (*world, error) {
	w := &world{rounds: rounds, slice: slice, url: os.Getenv(urlVariable), stop: func() {}}
	if w.url == "" {
		cluster, err := pglocal.Start(ctx, pglocal.Options{Throwaway: true})
		if err != nil {
			return nil, err
		}
		w.url = cluster.URL("postgres")
		w.stop = func() { _ = cluster.Stop(context.Background()) }
	}
	if err := w.build(ctx); err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

func (w *world) build(ctx context.Context) (err error) {
	if w.monitor, err = pgx.Connect(ctx, w.url); err != nil {
		return err
	}
	names := isolation.DefaultNames()
	level := schema.New(names)
	known := directory{}
	for i := range tenants {
		id := tenant.NewID()
		slug := fmt.Sprintf("bench-%02d", i)
		t := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: level.Place(id, slug, "main")}
		known[id.String()] = t
		w.tenants = append(w.tenants, t)
		if err := w.fill(ctx, t); err != nil {
			return err
		}
	}
	config, err := pgxpool.ParseConfig(w.url)
	if err != nil {
		return err
	}
	config.ConnConfig.RuntimeParams["search_path"] = names.Path(w.tenants[0].Placement.Schema)
	if w.plain, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	w.pools = pools.New(map[string]pools.Server{"main": {URL: w.url}})
	w.door = tenantpgx.New(tenantpgx.Config{
		Directory: known, Pools: w.pools, Levels: isolation.LevelsOf(level), Names: names, Main: "main",
	})
	return nil
}

func (w *world) fill(ctx context.Context, t *tenant.Tenant) error {
	s := ident.Quote(t.Placement.Schema)
	_, err := w.monitor.Exec(ctx, fmt.Sprintf(`CREATE SCHEMA %[1]s;
CREATE TABLE %[1]s.users (id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL);
INSERT INTO %[1]s.users SELECT g, '%[2]s-' || g, 'name ' || g FROM generate_series(1, 1000) AS g;
ANALYZE %[1]s.users`, s, t.Slug))
	return err
}

func (w *world) close() {
	w.pools.Close()
	w.plain.Close()
	_ = w.monitor.Close(context.Background())
	w.stop()
}

// directory knows the tenants without a registry.
type directory map[string]*tenant.Tenant

func (d directory) Lookup(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
	t, ok := d[key.Value]
	if !ok {
		return nil, tenant.ErrNotFound
	}
	return t, nil
}

func (d directory) Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return d.Lookup(ctx, tenant.ByID(id))
}
