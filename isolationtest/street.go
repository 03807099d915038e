package isolationtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// StreetConfig says which level is tested where.
type StreetConfig struct {
	// URL leads to an empty database, as a role that may make schemas.
	URL string
	// PoolerURL leads to the same database through a pooler in transaction mode; the
	// doors take it where it is not empty.
	PoolerURL string
	// AppURL leads to the same database as the role that the doors serve as; empty
	// means URL. With a PoolerURL that one leads there as this role.
	AppURL string
	Level  isolation.Level
	Names  isolation.Names
	// Own starts a database server for a tenant where the level gives each its own, and
	// returns the URL of an empty database there. It may use the server for something
	// else when ctx, which is the test's, ends.
	Own func(ctx context.Context, id tenant.ID) (url string, err error)
}

// PostgresStreet is a [Street] in one PostgreSQL database, or beside it where the level
// gives databases of their own, with a registry and a lifecycle of its own.
type PostgresStreet struct {
	c       StreetConfig
	door    isolation.Level // the doors' level; c.Level but for saboteurs
	lend    func(tenantpgx.Pools) tenantpgx.Pools
	admin   *pgxpool.Pool
	store   *registry.Postgres
	manager *lifecycle.Manager
	known   *directory
	servers *servers
}

var _ Street = (*PostgresStreet)(nil)

// NewStreet installs a registry and the shared fixture. Close it after the tests.
func NewStreet(ctx context.Context, c StreetConfig) (*PostgresStreet, error) {
	admin, err := pgxpool.New(ctx, c.URL)
	if err != nil {
		return nil, fmt.Errorf("isolationtest: %w", err)
	}
	s := &PostgresStreet{c: c, door: c.Level, admin: admin, store: registry.NewPostgres(admin)}
	s.lend = func(p tenantpgx.Pools) tenantpgx.Pools { return p }
	s.servers = &servers{main: c.URL, own: map[string]string{}}
	s.known = &directory{store: s.store, known: map[string]*tenant.Tenant{}}
	s.manager = lifecycle.NewManager(lifecycle.Config{
		Store: s.store, Migrator: s.migrator(), Connect: s.servers,
		Levels: isolation.LevelsOf(c.Level), Default: c.Level.Name(), Main: server, Actor: "isolationtest",
	})
	if err := s.install(ctx); err != nil {
		admin.Close()
		return nil, fmt.Errorf("isolationtest: %w", err)
	}
	return s, nil
}

// server is the name of the street's only server.
const server = "main"

func (s *PostgresStreet) install(ctx context.Context) error {
	if err := s.store.Install(ctx); err != nil {
		return err
	}
	if _, err := s.admin.Exec(ctx, SharedFixtureSQL(s.c.Names.Shared), pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	if err := s.admit(ctx); err != nil {
		return err
	}
	level, ok := s.c.Level.(pooling)
	if !ok {
		return nil
	}
	return s.admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) error { return buildPool(ctx, conn.Conn(), level, s.c.Names) })
}

// admit lets the doors' role read and write the shared fixture.
func (s *PostgresStreet) admit(ctx context.Context) error {
	if s.c.AppURL == "" {
		return nil
	}
	config, err := pgx.ParseConfig(s.c.AppURL)
	if err != nil {
		return err
	}
	grants := isolation.Script(isolation.Grant(s.c.Names.Shared, config.User)...)
	_, err = s.admin.Exec(ctx, grants, pgx.QueryExecModeSimpleProtocol)
	return err
}

// Hide fences a tenant behind everybody's back: the registry is wrong, as after it was
// restored from an old copy.
func (s *PostgresStreet) Hide(ctx context.Context, t *tenant.Tenant) error {
	to, fence := s.c.Level.Fence(t.ID, t.Placement)
	if out, ok := s.c.Level.(isolation.Outside); ok {
		return s.until(ctx, out.Rename(t.Placement, to))
	}
	return s.home(ctx, t.Placement, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, isolation.Script(fence...), pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

// Capabilities returns what the level can do, for [Target].
func (s *PostgresStreet) Capabilities() isolation.Capabilities { return s.c.Level.Capabilities() }

// Close closes the street's own connections.
func (s *PostgresStreet) Close() { s.admin.Close() }

func (s *PostgresStreet) migrator() fixtureMigrator { return fixtureMigrator{s.c.Level, s.c.Names} }

// home runs f on a connection to the database that holds a tenant's data.
func (s *PostgresStreet) home(ctx context.Context, p tenant.Placement, f func(*pgx.Conn) error) error {
	if p.Database == "" && p.Server == server {
		return s.admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) error { return f(conn.Conn()) })
	}
	conn, err := s.servers.Connect(ctx, p.Server, p.Database)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	return f(conn)
}

// Create makes a tenant with the fixture, by a shorter way than the lifecycle's: the
// suite makes hundreds.
func (s *PostgresStreet) Create(ctx context.Context, slug string) (*tenant.Tenant, error) {
	id := tenant.NewID()
	t := &tenant.Tenant{ID: id, Slug: slug, Name: slug, Status: tenant.Active, Version: 1, Placement: s.c.Level.Place(id, slug, server)}
	if out, ok := s.c.Level.(isolation.Outside); ok {
		if err := s.until(ctx, out.Found(t.Placement, "")); err != nil {
			return nil, err
		}
	}
	if err := s.serve(ctx, t); err != nil {
		return nil, err
	}
	err := s.home(ctx, t.Placement, func(conn *pgx.Conn) error {
		_, err := s.migrator().Apply(ctx, conn, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, s.store.Create(ctx, t, registry.Event{Actor: "isolationtest", Action: "create"})
}

// Rename changes the slug and tells the directory.
func (s *PostgresStreet) Rename(ctx context.Context, t *tenant.Tenant, slug string) error {
	_, err := s.manager.Rename(ctx, t.ID, slug)
	s.known.forget(t.ID)
	return err
}

// Become changes the status. The directory is not told of a deletion.
func (s *PostgresStreet) Become(ctx context.Context, t *tenant.Tenant, status tenant.Status) error {
	change := map[tenant.Status]func(context.Context, tenant.ID) (*tenant.Tenant, error){
		tenant.Active: s.manager.Resume, tenant.ReadOnly: s.manager.ReadOnly,
		tenant.Suspended: s.manager.Suspend, tenant.Deleting: s.manager.Delete,
	}[status]
	if change == nil {
		return fmt.Errorf("isolationtest: become %s: %w", status, errors.ErrUnsupported)
	}
	_, err := change(ctx, t.ID)
	if status != tenant.Deleting {
		s.known.forget(t.ID)
	}
	return err
}

// Move fences the tenant and has the registry say where it went. No directory is told.
func (s *PostgresStreet) Move(ctx context.Context, t *tenant.Tenant, held func()) error {
	now, err := s.manager.Find(ctx, tenant.ByID(t.ID))
	if err != nil {
		return err
	}
	to, mark := s.c.Level.Fence(t.ID, now.Placement)
	out, own := s.c.Level.(isolation.Outside)
	err = s.home(ctx, now.Placement, func(conn *pgx.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if err := script(ctx, tx, isolation.Lock(t.ID)); err != nil {
				return err
			}
			if held != nil {
				held()
			}
			if own {
				return s.until(ctx, out.Shut(now.Placement, conn.PgConn().PID()))
			}
			return script(ctx, tx, mark...)
		})
	})
	if err == nil && own {
		err = s.until(ctx, out.Rename(now.Placement, to))
	}
	if err != nil {
		return fmt.Errorf("isolationtest: move %s: %w", t.Slug, err)
	}
	now.Placement = to
	return s.store.Update(ctx, now, registry.Event{Actor: "isolationtest", Action: "move"})
}

func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

func script(ctx context.Context, tx pgx.Tx, statements ...isolation.Statement) error {
	_, err := tx.Exec(ctx, isolation.Script(statements...), pgx.QueryExecModeSimpleProtocol)
	return err
}

// until runs what each part of a plan lists, until it lists nothing.
func (s *PostgresStreet) until(ctx context.Context, plan []isolation.Statement) error {
	for _, part := range plan {
		for {
			todo, err := s.Admin(ctx, part.Inline())
			if err != nil {
				return err
			}
			if len(todo) == 0 {
				break
			}
			for _, statement := range todo {
				if _, err := s.admin.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// URL leads to the street's database.
func (s *PostgresStreet) URL() string { return s.c.URL }

// AppURL leads there as the role that the doors serve as.
func (s *PostgresStreet) AppURL() string { return cmp.Or(s.c.AppURL, s.c.URL) }

// Find returns a tenant as the registry has it.
func (s *PostgresStreet) Find(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return s.manager.Find(ctx, tenant.ByID(id))
}

// Inside runs a script where the tenant is now.
func (s *PostgresStreet) Inside(ctx context.Context, t *tenant.Tenant, script string) error {
	now, err := s.manager.Find(ctx, tenant.ByID(t.ID))
	if err != nil {
		return err
	}
	return s.home(ctx, now.Placement, func(conn *pgx.Conn) error { return inside(ctx, conn, s.c.Level, now, script) })
}
