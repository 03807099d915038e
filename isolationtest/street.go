package isolationtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
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
}

// PostgresStreet is a [Street] in one PostgreSQL database, with a registry and a
// lifecycle of its own.
type PostgresStreet struct {
	c       StreetConfig
	door    isolation.Level // the doors' level; c.Level but for saboteurs
	admin   *pgxpool.Pool
	store   *registry.Postgres
	manager *lifecycle.Manager
	known   *directory
}

var _ Street = (*PostgresStreet)(nil)

// NewStreet installs a registry and the shared fixture. Close it after the tests.
func NewStreet(ctx context.Context, c StreetConfig) (*PostgresStreet, error) {
	admin, err := pgxpool.New(ctx, c.URL)
	if err != nil {
		return nil, fmt.Errorf("isolationtest: %w", err)
	}
	s := &PostgresStreet{c: c, door: c.Level, admin: admin, store: registry.NewPostgres(admin)}
	s.known = &directory{store: s.store, known: map[string]*tenant.Tenant{}}
	s.manager = lifecycle.NewManager(lifecycle.Config{
		Store: s.store, Migrator: fixtureMigrator{c.Level}, Connect: connector(c.URL),
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
	_, fence := s.c.Level.Fence(t.ID, t.Placement)
	_, err := s.admin.Exec(ctx, isolation.Script(fence...), pgx.QueryExecModeSimpleProtocol)
	return err
}

// Capabilities returns what the level can do, for [Target].
func (s *PostgresStreet) Capabilities() isolation.Capabilities { return s.c.Level.Capabilities() }

// Close closes the street's own connections.
func (s *PostgresStreet) Close() { s.admin.Close() }

// connector opens connections of their own past any pooler.
type connector string

func (url connector) Connect(ctx context.Context, _, _ string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, string(url))
}

// Create makes a tenant with the fixture, by a shorter way than the lifecycle's: the
// suite makes hundreds.
func (s *PostgresStreet) Create(ctx context.Context, slug string) (*tenant.Tenant, error) {
	id := tenant.NewID()
	t := &tenant.Tenant{ID: id, Slug: slug, Name: slug, Status: tenant.Active, Version: 1, Placement: s.c.Level.Place(id, slug, server)}
	err := s.admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		_, err := fixtureMigrator{s.c.Level}.Apply(ctx, conn.Conn(), t)
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
	err = pgx.BeginFunc(ctx, s.admin, func(tx pgx.Tx) error {
		if err := script(ctx, tx, isolation.Lock(t.ID)); err != nil {
			return err
		}
		if held != nil {
			held()
		}
		return script(ctx, tx, mark...)
	})
	if err != nil {
		return fmt.Errorf("isolationtest: move %s: %w", t.Slug, err)
	}
	now.Placement = to
	return s.store.Update(ctx, now, registry.Event{Actor: "isolationtest", Action: "move"})
}

func script(ctx context.Context, tx pgx.Tx, statements ...isolation.Statement) error {
	_, err := tx.Exec(ctx, isolation.Script(statements...), pgx.QueryExecModeSimpleProtocol)
	return err
}

// URL leads to the street's database.
func (s *PostgresStreet) URL() string { return s.c.URL }

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
	return s.admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		return inside(ctx, conn.Conn(), s.c.Level, now, script)
	})
}

// Admin runs a statement on a connection that no door has.
func (s *PostgresStreet) Admin(ctx context.Context, sql string) ([]string, error) {
	rows, err := s.admin.Query(ctx, sql, pgx.QueryExecModeExec)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
