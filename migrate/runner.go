package migrate

import (
	"context"
	"log/slog"
	"os/user"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Tenants lists the fleet. A registry.Store is one.
type Tenants interface {
	List(ctx context.Context, f registry.Filter) ([]*tenant.Tenant, error)
}

// Projection keeps the version of each tenant where the rest of the program reads
// it. A registry.Store is one.
type Projection interface {
	SetVersions(ctx context.Context, versions map[tenant.ID]int64) error
}

// Levels finds the isolation level of a tenant.
type Levels interface {
	Level(name tenant.Level) (isolation.Level, error)
}

// Conns opens connections to the server itself, never through a transaction
// pooler. An empty database is the server's own. The runner closes them.
type Conns interface {
	Connect(ctx context.Context, server, database string) (*pgx.Conn, error)
}

// Config is what a [Runner] works with.
type Config struct {
	Shared, Tenant Source          // from [Load]
	Main           string          // name of the server that has the registry
	Names          isolation.Names // the zero value means the default names
	Both           []string        // names of tables that may exist in both scopes
	Tenants        Tenants
	Levels         Levels
	Conns          Conns
	Projection     Projection   // nil: nobody is told
	Engine         Engine       // nil: the data are in PostgreSQL, behind Conns
	Progress       func(Event)  // nil: nobody is told; called from one goroutine at a time
	Broken         error        // why the files cannot be used: whatever needs them returns it; nil where they can
	Actor          string       // who is written into the record of runs; empty: the operating system's user
	Log            *slog.Logger // nil: nothing is logged
}

// Runner applies migrations. It is safe for concurrent use, also beside runners
// of other programs.
type Runner struct {
	c      Config
	stages []stage
}

// New returns a runner. Migrations whose order cannot be satisfied are an
// [*OrderError]; a table that both scopes make is a [*TwinError].
func New(c Config) (*Runner, error) {
	if c.Names == (isolation.Names{}) {
		c.Names = isolation.DefaultNames()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Progress == nil {
		c.Progress = func(Event) {}
	}
	if c.Actor == "" {
		c.Actor = osUser()
	}
	if c.Broken != nil {
		c.Shared, c.Tenant = nil, nil
	}
	c.Shared, c.Tenant = c.Shared.in(Shared, c.engine()), c.Tenant.in(Tenant, c.engine())
	if err := twins(c.Shared, c.Tenant, c.Both, c.Names.Shared); err != nil {
		return nil, err
	}
	stages, err := order(c.Shared, c.Tenant)
	if err != nil {
		return nil, err
	}
	return &Runner{c: c, stages: stages}, nil
}

func osUser() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

func (c Config) engine() string {
	if c.Engine == nil {
		return postgres
	}
	return c.Engine.Name()
}

// in returns the source with its scope written into every migration, and without what
// is for other engines.
func (s Source) in(scope Scope, engine string) Source {
	out := make(Source, len(s))
	for i, m := range s {
		c := *m
		c.Scope, c.Up, c.Down = scope, forEngine(m.Up, engine), forEngine(m.Down, engine)
		out[i] = &c
	}
	return out
}

// tell tells everybody who asked how far a run is.
func (r *Runner) tell(also func(Event), e Event) {
	r.c.Progress(e)
	if also != nil {
		also(e)
	}
}

// Head returns the version that a new tenant gets; 0 where there are no migrations.
func (r *Runner) Head() int64 { return r.c.Tenant.Head() }

func (r *Runner) source(scope Scope) Source {
	if scope == Shared {
		return r.c.Shared
	}
	return r.c.Tenant
}

func (r *Runner) sources() map[Scope]Source {
	return map[Scope]Source{Shared: r.c.Shared, Tenant: r.c.Tenant}
}
