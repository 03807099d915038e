package rowhouse

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
	"github.com/rowhouse-go/rowhouse/tenantsql"
)

// ErrNotInstalled: the main server has no registry.
var ErrNotInstalled = errors.New("the registry is not there: run rowhouse init")

func (h *House) open(ctx context.Context) error {
	pool, err := h.pools.Pool(Main)
	if err != nil {
		return err
	}
	if err := installed(ctx, pool); err != nil {
		return err
	}
	store := registry.NewPostgres(pool)
	h.store = store
	if h.migrate, err = h.runner(store); err != nil {
		return err
	}
	if h.config.Resolve == nil {
		h.config.Resolve = resolve.Chain()
	}
	h.cache = registry.NewCache(h.store, registry.CacheOptions{Log: h.config.Logger})
	h.lifecycle = h.manager(store)
	h.doors()
	h.watch(store)
	return nil
}

func installed(ctx context.Context, pool *pgxpool.Pool) error {
	var there bool
	err := pool.QueryRow(ctx, "SELECT to_regclass('rowhouse.tenants') IS NOT NULL").Scan(&there)
	if err != nil {
		return err
	}
	if !there {
		return ErrNotInstalled
	}
	return nil
}

func (h *House) runner(store *registry.Postgres) (*migrate.Runner, error) {
	shared, err := load(h.config.Migrations.Shared, migrate.Shared)
	if err != nil {
		return nil, err
	}
	tenants, err := load(h.config.Migrations.Tenant, migrate.Tenant)
	if err != nil {
		return nil, err
	}
	return migrate.New(migrate.Config{
		Shared: shared, Tenant: tenants, Main: Main, Names: h.config.Schemas,
		Tenants: h.store, Projection: store, Levels: h.levels, Conns: h.pools,
		Log: h.config.Logger,
	})
}

// load reads a folder of migrations. One that is not there has none.
func load(folder fs.FS, scope migrate.Scope) (migrate.Source, error) {
	if folder == nil {
		return nil, nil
	}
	source, err := migrate.Load(folder, ".", scope)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return source, err
}

func (h *House) manager(store *registry.Postgres) *lifecycle.Manager {
	return lifecycle.NewManager(lifecycle.Config{
		Store: h.store, Migrator: h.migrate, Connect: h.pools, Levels: h.levels,
		Default: h.config.Isolation, Main: Main, Actor: h.config.Actor,
		Within: func(tx pgx.Tx) registry.Store { return store.WithTx(tx) },
	})
}

func (h *House) doors() {
	h.db = tenantpgx.New(tenantpgx.Config{
		Directory: h.cache, Pools: h.pools, Levels: h.levels, Names: h.config.Schemas, Main: Main, Types: h.config.Types,
	})
	h.sql = tenantsql.Open(h.db, tenantsql.PingThrough(h.db.Shared()))
}

// watch hears of changes that any program makes in the registry, until Close.
func (h *House) watch(store *registry.Postgres) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	w := registry.Watcher{Changes: store, Log: h.config.Logger}
	if s, _ := h.pools.Server(Main); !s.Pooled() || s.DirectURL != "" {
		w.Connect = func(ctx context.Context) (*pgx.Conn, error) { return h.pools.Listener(ctx, Main) }
	}
	go func() {
		defer close(done)
		w.Run(ctx, h.cache)
	}()
	h.stop = func() {
		cancel()
		<-done
		h.cache.Close()
	}
}

// hangUp closes a connection whatever became of the caller's context.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
