package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// ErrNoVersion: there is no migration of tenants with the version to start from.
var ErrNoVersion = errors.New("no such version: give the number at the start of a tenant migration's file name, or 0 for an empty tenant")

// Config says what to verify.
type Config struct {
	Shared, Tenant migrate.Source
	Names          isolation.Names // of the schemas that exist once; zero means the default names
	Both           []string        // tables that may exist in both scopes
	Conns          migrate.Conns
	Main           string // server on which the scratch databases are made
	// Level is the tenants' level; nil gives them a schema each. Where they share their
	// tables, what is run in one of them is run as the level's role.
	Level isolation.Level

	// From is the tenants' version at which the upgrade begins. Negative: the one
	// before the newest.
	From int64
	// Fixture is SQL that runs in each tenant at that version.
	Fixture string
	// Expect is a query that must give the same rows before and after the upgrade.
	Expect string
}

// Run upgrades, makes anew and compares.
func Run(ctx context.Context, c Config) (r *Report, err error) {
	if c.Names == (isolation.Names{}) {
		c.Names = isolation.DefaultNames()
	}
	if c.From, err = c.start(); err != nil {
		return nil, err
	}
	if pooling, ok := c.Level.(migrate.Pooling); ok && pooling.Role() == "" {
		return nil, fmt.Errorf("verify: %w", migrate.ErrNoRole)
	}
	server, err := scratch.Open(ctx, c.Conns, c.Main)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	r = &Report{From: c.From, Head: c.Tenant.Head()}
	upgraded, err := c.upgraded(ctx, server, r)
	if err != nil {
		return nil, err
	}
	fresh, err := c.fresh(ctx, server)
	if err != nil {
		return nil, err
	}
	return r, c.compare(ctx, fresh, upgraded, r)
}

// start is the version from which the upgrade begins.
func (c Config) start() (int64, error) {
	if c.From < 0 {
		if len(c.Tenant) < 2 {
			return 0, nil
		}
		return c.Tenant[len(c.Tenant)-2].Version, nil
	}
	if c.From > 0 && c.Tenant.Find(c.From) == nil {
		return 0, fmt.Errorf("verify: from %d: %w", c.From, ErrNoVersion)
	}
	return c.From, nil
}

func (c Config) files() scratch.Files {
	return scratch.Files{Shared: c.Shared, Tenant: c.Tenant, Names: c.Names, Both: c.Both, Level: c.Level}
}

// old is the migrations that there were at the start: of the shared ones those before
// the first that waits for a newer one of the tenants.
func (c Config) old() scratch.Files {
	f := c.files()
	f.Shared, f.Tenant = nil, nil
	for _, m := range c.Tenant {
		if m.Version <= c.From {
			f.Tenant = append(f.Tenant, m)
		}
	}
	for _, m := range c.Shared {
		for _, ref := range m.After {
			if ref.Version > c.From {
				return f
			}
		}
		f.Shared = append(f.Shared, m)
	}
	return f
}

// slugs are those of the two tenants: what one of them gets from the other would not
// be seen with one alone.
func slugs() []string { return []string{"first", "second"} }

// upgraded makes the database that starts at the old version.
func (c Config) upgraded(ctx context.Context, server *scratch.Server, r *Report) (*scratch.Street, error) {
	street, err := c.street(ctx, server)
	if err != nil {
		return nil, err
	}
	if err := up(ctx, street, c.old()); err != nil {
		return nil, fmt.Errorf("verify: bring it to %d: %w", c.From, err)
	}
	if err := c.furnish(ctx, street, r); err != nil {
		return nil, err
	}
	if err := up(ctx, street, c.files()); err != nil {
		return nil, fmt.Errorf("verify: upgrade from %d: %w", c.From, err)
	}
	return street, c.ask(ctx, street, r, func(d *Data, rows []string) { d.After = rows })
}

func (c Config) street(ctx context.Context, server *scratch.Server) (*scratch.Street, error) {
	d, err := server.Create(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	street, err := d.Build(ctx, c.files(), "", slugs()...)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return street, nil
}

func up(ctx context.Context, street *scratch.Street, files scratch.Files) error {
	runner, err := street.Runner(files, street.Tenants...)
	if err != nil {
		return err
	}
	_, err = runner.Up(ctx, migrate.Options{Workers: 1})
	return err
}

// fresh makes the database in which tenants start at the newest version, the way a new
// installation does: the shared scope first, when there is no tenant yet.
func (c Config) fresh(ctx context.Context, server *scratch.Server) (*scratch.Street, error) {
	street, err := c.street(ctx, server)
	if err != nil {
		return nil, err
	}
	runner, err := street.Runner(c.files())
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if _, err := runner.Up(ctx, migrate.Options{Workers: 1}); err != nil {
		return nil, fmt.Errorf("verify: a new installation: %w", err)
	}
	for _, t := range street.Tenants {
		conn, err := street.Connect(ctx, "", "")
		if err != nil {
			return nil, fmt.Errorf("verify: %w", err)
		}
		_, err = runner.Apply(ctx, conn, t)
		if err = errors.Join(err, conn.Close(ctx)); err != nil {
			return nil, fmt.Errorf("verify: a new tenant: %w", err)
		}
	}
	return street, nil
}
