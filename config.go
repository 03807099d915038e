package rowhouse

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os/user"

	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

// Main is the name of the server that holds the registry and the shared tables.
const Main = "main"

// Config is everything that Rowhouse can be told. [Load] reads it from a file;
// the fields that a file cannot hold are set in Go afterwards.
type Config struct {
	// Servers are the servers by name; [Main] must be one of them.
	Servers map[string]Server
	// Engines are the databases beside PostgreSQL that a server may name.
	Engines []Engine
	// Elsewhere finds servers that Servers does not name: those of silos. It is asked
	// before each connection is made, because a silo may come back at another address,
	// and may bring one up; nil knows none.
	Elsewhere func(name string) (Server, error)
	// Isolation is the level of new tenants; empty means schema, or where the main
	// server is not PostgreSQL database.
	Isolation tenant.Level
	// Levels are the levels of this program beside those that every program has:
	// database.Postgres() of package isolation/database.
	Levels []isolation.Maker
	// Schemas are the names of the schemas that exist once; zero means
	// [isolation.DefaultNames].
	Schemas isolation.Names
	// Both are names of tables that may exist in both scopes. In a tenant such a name
	// means the tenant's own table, for as long as it is there.
	Both []string
	// AppRole is the database role of the application where it is not the one that
	// migrates; it gets rights on each tenant's tables, and no more.
	AppRole string
	// OperateOnly says that the program serves no tenant, so that it may connect as a
	// role that is not subject to row-level security: see [tenantpgx.ErrBypass].
	OperateOnly bool
	// Migrations are the files of both scopes.
	Migrations Migrations
	// Models are the desired state of both scopes, for migrate diff.
	Models Models
	// Silo is what tenants with a stack of their own need.
	Silo Silo
	// Resolve turns a request into a tenant key. Nil: the middleware refuses all.
	Resolve resolve.Resolver
	// Types are names of types in tenants' schemas that the pgx door loads for each
	// tenant: see [tenantpgx.Config.Types].
	Types []string
	// RegistryQuery, where not empty, lists tenants from a table of the user's own,
	// read only.
	RegistryQuery string
	// HTTP says how the middleware refuses.
	HTTP tenanthttp.Options
	// Actor is who events name; empty means the operating system's user.
	Actor string
	// Logger gets what is worth telling and has no caller; nil means [slog.Default].
	Logger *slog.Logger
}

// Migrations are the folders of both scopes. Nil means that there are none.
type Migrations struct {
	Shared fs.FS
	Tenant fs.FS
}

// Models are SQL files, or folders of them, that say what the tables of a scope should
// be. Empty means that there are none.
type Models struct {
	Shared string
	Tenant string
}

// Server is one database server.
type Server struct {
	// URL is a connection string of libpq's forms, or the folder of SQLite's files.
	URL string
	// Engine is empty or "postgres", or the name of one of [Config].Engines.
	Engine string
	// AppURL is the same for the role that serves tenants ([Config.AppRole]), where that
	// is not the one that migrates. The row level needs it in a program that does both.
	AppURL string
	// Pooler is "transaction" where URL leads through PgBouncer or its like in
	// transaction mode, else empty.
	Pooler string
	// DirectURL leads past the pooler, for migrations, LISTEN and exec.
	DirectURL string
	// MaxConns bounds the pool; 0 means pgxpool's default.
	MaxConns int32
	// Databases is how many tenants' databases are kept connected at a time, where
	// tenants have databases of their own; 0 means 20.
	Databases int
	// DatabaseConns bounds the pool of each of them; 0 means 4.
	DatabaseConns int32
}

// withDefaults returns the configuration with everything set; what is wrong with it is
// a [*ConfigError].
func (c Config) withDefaults() (Config, error) {
	if c.Isolation == "" {
		c.Isolation = tenant.Schema
		if !c.Servers[Main].postgres() {
			c.Isolation = tenant.Database
		}
	}
	if c.Schemas == (isolation.Names{}) {
		c.Schemas = isolation.DefaultNames()
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Actor == "" {
		c.Actor = osUser()
	}
	if err := c.check(); err != nil {
		return c, &ConfigError{Err: err}
	}
	return c, nil
}

// check refuses what cannot work.
func (c Config) check() error {
	if err := c.Schemas.Validate(); err != nil {
		return err
	}
	if c.Servers[Main].URL == "" {
		return ErrNoServer
	}
	if err := c.checkEngine(); err != nil {
		return err
	}
	for name, s := range c.Servers {
		if s.Pooler != "" && s.Pooler != "transaction" {
			return fmt.Errorf("servers.%s.pooler is %q; only %q is known", name, s.Pooler, "transaction")
		}
	}
	return nil
}

func (c Config) pools() *pools.Set {
	servers := make(map[string]pools.Server, len(c.Servers))
	for name, s := range c.Servers {
		servers[name] = pools.Server{
			URL: s.URL, AppURL: s.AppURL, Pooler: s.Pooler, DirectURL: s.DirectURL, MaxConns: s.MaxConns,
			Databases: s.Databases, DatabaseConns: s.DatabaseConns,
		}
	}
	set := pools.New(servers)
	if find := c.Elsewhere; find != nil {
		set.Elsewhere = func(name string) (pools.Server, error) {
			s, err := find(name)
			return pools.Server{URL: s.URL, Pooler: s.Pooler, DirectURL: s.DirectURL, MaxConns: s.MaxConns}, err
		}
	}
	return set
}

func osUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
