package rowhouse

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
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
	if _, err := h.levels.Level(h.config.Isolation); err != nil {
		return err
	}
	pool, err := h.pools.Registry(Main)
	if err != nil {
		return err
	}
	if err := installed(ctx, pool); err != nil {
		return err
	}
	if h.store, err = h.registry(ctx, pool); err != nil {
		return err
	}
	if h.migrate, err = h.runner(); err != nil {
		return err
	}
	h.resolver()
	h.lifecycle = h.manager()
	if err := h.guarded(ctx); err != nil {
		return err
	}
	h.doors()
	h.watch()
	return nil
}

// resolver sees to it that there is one.
func (h *House) resolver() {
	if h.config.Resolve == nil {
		h.unresolved, h.config.Resolve = true, resolve.Chain()
	}
}

// registry returns our own list of tenants, or the configured query's, and puts the
// cache in front.
func (h *House) registry(ctx context.Context, pool *pgxpool.Pool) (registry.Store, error) {
	options := h.cacheOptions()
	if h.config.RegistryQuery == "" {
		store := registry.NewPostgres(registry.Pooled{Pool: pool})
		h.cache = registry.NewCache(store, options)
		return store, nil
	}
	store, err := registry.OpenQuery(ctx, registry.Pooled{Pool: pool}, h.config.RegistryQuery, registry.QueryOptions{
		Level: h.config.Isolation, Server: Main, Pooled: h.config.Schemas.Pooled,
		Reserved: []string{h.config.Schemas.Shared, h.config.Schemas.Extensions, h.config.Schemas.Pooled}, Log: h.config.Logger,
	})
	if err != nil {
		return nil, err
	}
	// Nobody tells of changes in a table that is not ours.
	options.TTL, options.UnknownTTL = 5*time.Second, time.Second
	h.cache = registry.NewCache(store, options)
	return store, nil
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

// runner returns a runner of the migrations. Files that cannot be used are reported
// by what needs them: a program that only serves is none of those.
func (h *House) runner() (*migrate.Runner, error) {
	c := migrate.Config{
		Main: Main, Names: h.config.Schemas, Both: h.config.Both,
		Tenants: h.store, Projection: h.store, Levels: h.levels, Conns: h.pools,
		Log: h.config.Logger, Actor: h.config.Actor,
	}
	if h.ground != nil {
		c.Engine = h.ground.Migrations
	}
	var sharedErr, tenantErr error
	c.Shared, sharedErr = load(h.config.Migrations.Shared, migrate.Shared)
	c.Tenant, tenantErr = load(h.config.Migrations.Tenant, migrate.Tenant)
	c.Broken = errors.Join(sharedErr, tenantErr)
	r, err := migrate.New(c)
	if err != nil {
		c.Broken = err
		r, err = migrate.New(c)
	}
	return r, err
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

func (h *House) manager() *lifecycle.Manager {
	c := lifecycle.Config{
		Store: h.store, Migrator: h.migrate, Connect: h.pools, Levels: h.levels,
		Default: h.config.Isolation, Main: Main, Servers: slices.Collect(maps.Keys(h.config.Servers)), Actor: h.config.Actor,
		Bases: resolve.Bases(h.config.Resolve), Central: resolve.CentralHosts(h.config.Resolve), Fixed: true,
	}
	if h.ground != nil {
		c.Fixed, c.Engine = false, h.ground.Lifecycle
	}
	if store, ok := h.store.(*registry.Postgres); ok {
		c.Fixed = false
		c.Within = func(tx pgx.Tx) registry.Store { return store.WithTx(tx) }
	}
	return lifecycle.NewManager(c)
}

func (h *House) doors() {
	h.db = tenantpgx.New(tenantpgx.Config{
		Directory: h.cache, Pools: h.pools, Levels: h.levels, Names: h.config.Schemas, Main: Main, Types: h.config.Types,
	})
	h.sql = tenantsql.Open(h.db, tenantsql.PingThrough(h.db.Shared()))
}

// hangUp closes a connection whatever became of the caller's context.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
