package rowhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Engine is a database other than PostgreSQL. It comes as a value, so that only who
// asks for it links it: package engine/sqlite has one.
type Engine interface {
	// Name is what the key engine of a server says in rowhouse.yaml.
	Name() string
	// Init makes what exists once: the registry, the shared tables' home. It may be
	// run again at any time.
	Init(ctx context.Context, url string) error
	// Open opens what Init made; where it has not run the error is [ErrNotInstalled].
	Open(ctx context.Context, url string) (*Ground, error)
}

// Ground is an engine at work.
type Ground struct {
	Store      registry.Store // tells of changes by [registry.Changer]
	Level      isolation.Level
	Lifecycle  lifecycle.Engine
	Migrations migrate.Engine
	// SQL returns the database/sql door for the tenants that a cache knows.
	SQL func(*registry.Cache) *sql.DB
	// Environ says where a program of its own finds a tenant's data.
	Environ func(*tenant.Tenant) ([]string, error)
	Close   func() error
}

// changesEvery is how often an engine's registry is asked for changes: it is a file on
// this machine, and asking costs little.
const changesEvery = 250 * time.Millisecond

// engine returns the engine of the main server; nil is PostgreSQL.
func (c Config) engine() (Engine, error) {
	main := c.Servers[Main]
	if main.postgres() {
		return nil, nil
	}
	for _, e := range c.Engines {
		if e.Name() == main.Engine {
			return e, nil
		}
	}
	return nil, fmt.Errorf("servers.%s.engine is %q, which this program does not link: set Config.Engines", Main, main.Engine)
}

// checkEngine refuses what cannot be together.
func (c Config) checkEngine() error {
	main := c.Servers[Main]
	for name, s := range c.Servers {
		if s.postgres() != main.postgres() || len(c.Servers) > 1 && !main.postgres() {
			return fmt.Errorf("servers.%s: servers of several engines cannot be one installation", name)
		}
	}
	if !main.postgres() && c.RegistryQuery != "" {
		return fmt.Errorf("registry.query needs PostgreSQL: %w", errors.ErrUnsupported)
	}
	_, err := c.engine()
	return err
}

func (s Server) postgres() bool { return s.Engine == "" || s.Engine == "postgres" }

// openEngine opens a house that is not on PostgreSQL.
func (h *House) openEngine(ctx context.Context, e Engine) (err error) {
	if h.ground, err = e.Open(ctx, h.config.Servers[Main].URL); err != nil {
		return err
	}
	h.store = h.ground.Store
	h.cache = registry.NewCache(h.store, h.cacheOptions())
	h.levels = isolation.LevelsOf(h.ground.Level)
	if _, err := h.levels.Level(h.config.Isolation); err != nil {
		return err
	}
	if h.migrate, err = h.runner(); err != nil {
		return err
	}
	h.resolver()
	h.lifecycle = h.manager()
	h.sql = h.ground.SQL(h.cache)
	h.watch()
	return nil
}

// errPostgresOnly refuses what an engine cannot do.
func (h *House) errPostgresOnly(what string) error {
	return fmt.Errorf("rowhouse: %s needs PostgreSQL, and the tenants are in %s: %w", what, h.config.Servers[Main].Engine, errors.ErrUnsupported)
}
