package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ErrDropped: the tenant's data is not whole, because a purge or a reset has begun
// to drop it. Run that again.
var ErrDropped = errors.New("its data was dropped, or begun to be: run the purge or the reset again")

// Restore brings a deleted tenant back that was not purged yet, active and at the
// newest migration. slug, where not empty, is its new one.
//
// Errors: [tenant.ErrExists] where the slug or a host belongs to somebody else by
// now, and says what to do; [ErrDropped] where a purge has begun;
// [*tenant.StatusError]; the migrator's error where migrations are pending.
func (m *Manager) Restore(ctx context.Context, id tenant.ID, slug string) (*tenant.Tenant, error) {
	if slug != "" {
		if err := m.slug(slug); err != nil {
			return nil, fmt.Errorf("restore: %w", err)
		}
	}
	return m.operate(ctx, "restore", id, func(m operation, t *tenant.Tenant) (*tenant.Tenant, error) {
		if t.Status != tenant.Deleting {
			return nil, &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: tenant.Active}
		}
		if err := m.admit(ctx); err != nil {
			return nil, err
		}
		return m.restore(ctx, t, slug)
	})
}

func (m operation) restore(ctx context.Context, t *tenant.Tenant, slug string) (*tenant.Tenant, error) {
	t, err := m.fence(ctx, t) // a delete that was killed may not have
	if err != nil {
		return nil, err
	}
	if err := m.atHome(ctx, t, func(conn *pgx.Conn) error { return m.inhabit(ctx, conn, t) }); err != nil {
		return nil, err
	}
	version, err := m.build(ctx, t)
	if err != nil {
		return nil, err
	}
	t, err = m.open(ctx, t.ID, slug, version, "restore")
	return t, remedy(err)
}

// entrance is what a level has that lets operations in where doors are kept out.
type entrance interface {
	EnterMigrator(id tenant.ID, p tenant.Placement) isolation.Statement
}

// inhabit checks that the home is there and whole. It may have been read-only when
// it was deleted.
func (m operation) inhabit(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) error {
	level, err := m.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return err
	}
	if err := m.whole(ctx, conn, t); err != nil {
		return err
	}
	if m.c.Engine != nil {
		return m.markOn(ctx, t, false)
	}
	enter := level.Enter(t.ID, t.Placement)
	if e, ok := level.(entrance); ok {
		enter = e.EnterMigrator(t.ID, t.Placement)
	}
	err = run(ctx, conn, enter)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("%w: tenant %s has no data at %s: %w", ErrDropped, t.Slug, t.Placement.Schema, pg)
	}
	if err != nil {
		return err
	}
	return run(ctx, conn, isolation.ReadOnly(t.ID, false))
}

// whole refuses a home that was begun to be dropped.
func (m operation) whole(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) error {
	if m.c.Engine != nil {
		return m.wholeOn(ctx, t)
	}
	var begun bool
	query := isolation.BegunToDrop(t.ID).Inline()
	if err := conn.QueryRow(ctx, query, pgx.QueryExecModeExec).Scan(&begun); err != nil {
		return err
	}
	if begun {
		return fmt.Errorf("tenant %s: %w", t.Slug, ErrDropped)
	}
	return nil
}

// remedy says what to do about a name that somebody else has by now.
func remedy(err error) error {
	taken, ok := errors.AsType[*registry.TakenError](err)
	switch {
	case ok && taken.Field == "slug":
		return fmt.Errorf("%w: use another slug", err)
	case ok && taken.Field == "host":
		return fmt.Errorf("%w: remove that domain from this tenant first", err)
	}
	return err
}

// Reset empties a tenant: its data is dropped and its tables are made anew. It is
// suspended meanwhile, and active afterwards. A reset that was killed is finished
// by another one; until then the tenant can be neither resumed nor read.
//
// Errors: [*tenant.StatusError]; [ErrBusy]; the migrator's error where migrations
// are pending.
func (m *Manager) Reset(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return m.operate(ctx, "reset", id, func(m operation, _ *tenant.Tenant) (*tenant.Tenant, error) {
		if err := m.admit(ctx); err != nil {
			return nil, err
		}
		t, err := m.setStatus(ctx, id, tenant.Suspended, "reset")
		if err != nil {
			return nil, err
		}
		return m.reset(ctx, t)
	})
}

func (m operation) reset(ctx context.Context, t *tenant.Tenant) (*tenant.Tenant, error) {
	t, err := m.fence(ctx, t, isolation.Demolishing(t.ID, true))
	if err != nil {
		return nil, err
	}
	if err := m.demolish(ctx, t); err != nil {
		return nil, err
	}
	version, err := m.build(ctx, t)
	if err != nil {
		return nil, err
	}
	err = m.atHome(ctx, t, func(conn *pgx.Conn) error {
		if m.c.Engine != nil {
			return m.c.Engine.Rebuilt(ctx, t.ID, t.Placement)
		}
		return run(ctx, conn, isolation.Demolishing(t.ID, false))
	})
	if err != nil {
		return nil, err
	}
	return m.open(ctx, t.ID, "", version, "reset done")
}
