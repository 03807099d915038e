package drift

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// target is what a tenant must be equal to: what the migrations up to a version make
// in a database.
type target struct {
	home    home
	version int64
	level   tenant.Level // tables that tenants share are made otherwise than a tenant's own
}

// model returns what a target is, and builds it if it is the first to ask.
func (r *round) model(ctx context.Context, t target) (catalog.Schema, error) {
	if b, ok := r.models[t]; ok {
		return b.model, b.err
	}
	model, err := r.c.build(ctx, t)
	if err != nil {
		err = fmt.Errorf("build what version %d makes: %w", t.version, err)
	}
	r.models[t] = built{model, err}
	return model, err
}

// built is a model, or why there is none: nobody waits a second time for that.
type built struct {
	model catalog.Schema
	err   error
}

// build runs the migrations for a tenant that does not exist, in a transaction that
// is rolled back. Migrations that must commit in between get a real schema.
func (c *Checker) build(ctx context.Context, t target) (catalog.Schema, error) {
	runner, err := c.upTo(t.version)
	if err != nil {
		return catalog.Schema{}, err
	}
	conn, err := c.connect(ctx, t.home)
	if err != nil {
		return catalog.Schema{}, err
	}
	defer hangUp(conn)
	if err := c.sweep(ctx, conn); err != nil {
		return catalog.Schema{}, err
	}
	s := c.scratch(t.home)
	s.level = t.level
	model, err := c.buildInTx(ctx, conn, runner, s)
	if errors.Is(err, errors.ErrUnsupported) {
		return c.buildForReal(ctx, conn, runner, s)
	}
	return model, err
}

// patience keeps a check from waiting behind somebody who holds a shared table, to
// which new foreign keys lead.
const patience = "SET LOCAL lock_timeout = '10s'"

func (c *Checker) buildInTx(ctx context.Context, conn *pgx.Conn, runner *migrate.Runner, s scratch) (catalog.Schema, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return catalog.Schema{}, err
	}
	defer rollBack(ctx, tx)
	if _, err := tx.Exec(ctx, patience); err != nil {
		return catalog.Schema{}, err
	}
	if _, err := runner.ApplyTx(ctx, conn, s.tenant()); err != nil {
		return catalog.Schema{}, err
	}
	return catalog.Inspect(ctx, tx, s.schema, catalog.Ignore(c.ignore...))
}

// upTo returns a runner that knows the tenants' migrations up to a version, and
// nothing of what they wait for: that was done long ago.
func (c *Checker) upTo(version int64) (*migrate.Runner, error) {
	config := migrate.Config{
		Main: c.c.Main, Names: c.c.Names, Tenants: c.c.Tenants, Levels: c.c.Levels, Conns: c.c.Conns,
	}
	for _, m := range c.c.Tenant {
		if m.Version <= version {
			alone := inTransaction(*m)
			alone.After = nil
			config.Tenant = append(config.Tenant, &alone)
		}
	}
	return migrate.New(config)
}
