package lifecycle

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Delete stops serving a tenant, gives up its slug and domains, and fences its
// data: nobody enters any more, not even a process that has not heard of it. The
// data stays until [Manager.Purge]; [Manager.Restore] brings it back.
func (m *Manager) Delete(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	var t *tenant.Tenant
	err := m.alone(ctx, id, func() (err error) {
		if t, err = m.setStatus(ctx, id, tenant.Deleting, "delete"); err != nil {
			return err
		}
		t, err = m.fence(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("delete: %w", err)
	}
	return t, nil
}

// fence moves the data out of reach of everybody who knows the placement so far.
// It may find that done by a run that was killed before it could tell the registry.
func (m *Manager) fence(ctx context.Context, t *tenant.Tenant) (*tenant.Tenant, error) {
	level, err := m.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return nil, err
	}
	to, mark := level.Fence(t.ID, t.Placement)
	err = m.atHome(ctx, t, func(conn *pgx.Conn) error { return fenced(ctx, conn, t.ID, mark...) })
	if err != nil {
		return nil, err
	}
	return m.change(ctx, t.ID, func(t *tenant.Tenant) (string, string, error) {
		t.Placement = to
		return "fence", "data at " + to.Schema, nil
	})
}

// Purge drops the data of a deleted tenant, a few objects at a time, so that no
// lock table fills and no neighbour waits. The record stays.
func (m *Manager) Purge(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	var t *tenant.Tenant
	err := m.alone(ctx, id, func() (err error) {
		if t, err = m.Find(ctx, tenant.ByID(id)); err != nil {
			return err
		}
		if t.Status == tenant.Deleted {
			return nil
		}
		if t.Status != tenant.Deleting {
			return &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: tenant.Deleted}
		}
		if t, err = m.fence(ctx, t); err != nil {
			return err
		}
		if err := m.demolish(ctx, t); err != nil {
			return err
		}
		t, err = m.setStatus(ctx, id, tenant.Deleted, "purge")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("purge: %w", err)
	}
	return t, nil
}

// demolish drops a fenced tenant's home batch by batch, and its ledger last.
func (m *Manager) demolish(ctx context.Context, t *tenant.Tenant) error {
	level, err := m.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return err
	}
	plan := level.Drop(t.ID, t.Placement)
	last := append(plan.Last, m.c.Migrator.Forget(t.ID))
	return m.atHome(ctx, t, func(conn *pgx.Conn) error {
		for {
			batch, err := batch(ctx, conn, plan.Next)
			if err != nil {
				return err
			}
			if len(batch) == 0 {
				return run(ctx, conn, last...)
			}
			if err := run(ctx, conn, batch...); err != nil {
				return err
			}
		}
	})
}

func batch(ctx context.Context, conn *pgx.Conn, next isolation.Statement) ([]isolation.Statement, error) {
	rows, err := conn.Query(ctx, next.Inline(), pgx.QueryExecModeExec)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (isolation.Statement, error) {
		var s isolation.Statement
		return s, row.Scan(&s.SQL)
	})
}
