// Package rowhouse is multi-tenancy for Go on PostgreSQL. You write single-tenant
// SQL; Rowhouse gives every customer a home of its own, keeps all homes migrated,
// and sees to it that no statement reaches another customer's rows.
//
// [Open] puts the parts together. Each part can be used alone: the doors are
// packages tenantpgx and tenantsql, the middleware is tenanthttp, the tenants are
// in registry, and lifecycle and migrate change them.
package rowhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// House is everything that a program needs of Rowhouse. It is safe for concurrent
// use.
type House struct {
	config    Config
	pools     *pools.Set
	store     registry.Store
	cache     *registry.Cache
	levels    isolation.Levels
	db        *tenantpgx.DB
	sql       *sql.DB
	migrate   *migrate.Runner
	lifecycle *lifecycle.Manager
	ground    *Ground // nil on PostgreSQL
	begin     func()  // to watch
	stop      func()
	// unresolved: the configuration does not say how a request names its tenant.
	unresolved bool
	warned     sync.Once
}

// Open connects to the main server and checks that its registry is there:
// [ErrNotInstalled] says that [Init] has not run. Where new tenants share their tables
// the role that serves must be subject to row-level security: otherwise it is
// [tenantpgx.ErrBypass]. The caller closes the House.
func Open(ctx context.Context, config Config) (*House, error) {
	c, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	engine, err := c.engine()
	if err != nil {
		return nil, fmt.Errorf("rowhouse: open: %w", err)
	}
	h := &House{config: c, pools: c.pools(), levels: levels(c)}
	if engine != nil {
		err = h.openEngine(ctx, engine)
	} else {
		err = h.open(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("rowhouse: open: %w", errors.Join(err, h.abandon()))
	}
	return h, nil
}

// abandon closes what a failed opening has opened.
func (h *House) abandon() error {
	if h.cache != nil {
		h.cache.Close()
	}
	h.pools.Close()
	if h.ground != nil {
		return h.ground.Close()
	}
	return nil
}

// levels are those that every program has, and those of the configuration.
func levels(c Config) isolation.Levels {
	all := []isolation.Level{
		row.New(c.Schemas, row.GrantTo(c.AppRole)),
		schema.New(c.Schemas, schema.GrantTo(c.AppRole)),
	}
	for _, make := range c.Levels {
		all = append(all, make(isolation.Settings{Names: c.Schemas, AppRole: c.AppRole}))
	}
	return isolation.LevelsOf(all...)
}

// DB returns the pgx door. The error is [errors.ErrUnsupported] where a level of
// the configuration is not on PostgreSQL.
func (h *House) DB() (*tenantpgx.DB, error) {
	if h.ground != nil {
		return nil, h.errPostgresOnly("the pgx door")
	}
	return h.db, nil
}

// SQL returns the database/sql door, for GORM, ent, bun, sqlx and sqlc.
func (h *House) SQL() *sql.DB { return h.sql }

// Shared returns the door to the shared tables, nil where there is no [House.DB].
func (h *House) Shared() *tenantpgx.DB {
	if h.db == nil {
		return nil
	}
	return h.db.Shared()
}

// Middleware resolves each request's tenant into its context, and answers those
// whose tenant is unknown or not served.
func (h *House) Middleware(next http.Handler) http.Handler {
	if h.unresolved {
		h.warned.Do(func() {
			h.config.Logger.Error("the middleware refuses every request: set Config.Resolve, or write resolve into the configuration")
		})
	}
	return tenanthttp.New(h.config.Resolve, h.cache, h.config.HTTP)(next)
}

// Lifecycle returns the operations that make, change and delete tenants.
func (h *House) Lifecycle() *lifecycle.Manager { return h.lifecycle }

// Migrate returns the runner of the fleet's migrations.
func (h *House) Migrate() *migrate.Runner { return h.migrate }

// Registry returns the list of tenants itself, without its cache.
func (h *House) Registry() registry.Store { return h.store }

// PoolStats are the gauges of the pools of tenants' databases.
type PoolStats = pools.Stats

// PoolStats returns how many tenants' databases are connected, and what became of
// others. Tenants that share a database are not counted.
func (h *House) PoolStats() PoolStats { return h.pools.Stats() }

// Lookup returns a tenant as the cache knows it.
func (h *House) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	return h.cache.Lookup(ctx, key)
}

// ErrBusy: connections were still in use when [House.Close] gave up waiting.
var ErrBusy = errors.New("connections are still in use")

// closePatience bounds how long Close waits for connections in use.
const closePatience = 10 * time.Second

// Close ends the watching of the registry and closes all connections. It waits for
// those in use, for ten seconds at most: then it is [ErrBusy].
func (h *House) Close() error {
	h.stop()
	err := h.sql.Close()
	if h.ground != nil {
		return errors.Join(err, h.ground.Close())
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		h.pools.Close()
	}()
	select {
	case <-closed:
		return err
	case <-time.After(closePatience):
		return errors.Join(err, fmt.Errorf("rowhouse: close: %w", ErrBusy))
	}
}
