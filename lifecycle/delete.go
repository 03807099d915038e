package lifecycle

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Delete stops serving a tenant, gives up its slug and domains, and fences its
// data: nobody enters any more, not even a process that has not heard of it. The
// data stays until [Manager.Purge]; [Manager.Restore] brings it back.
//
// Errors: [*tenant.StatusError] for a deleted tenant; [ErrBusy] where a transaction
// of the tenant stays open: it is not served any more, and a rerun fences it.
func (m *Manager) Delete(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return m.operate(ctx, "delete", id, func(m operation, _ *tenant.Tenant) (*tenant.Tenant, error) {
		t, err := m.setStatus(ctx, id, tenant.Deleting, "delete")
		if err != nil {
			return nil, err
		}
		return m.fence(ctx, t)
	})
}

// fence moves the data out of reach of everybody who knows the placement so far,
// and commits the marks with that. It may find the data moved by a run that was
// killed before it could tell the registry.
func (m operation) fence(ctx context.Context, t *tenant.Tenant, marks ...isolation.Statement) (*tenant.Tenant, error) {
	from := t.Placement
	to, err := m.shut(ctx, t, marks)
	if err != nil {
		return nil, err
	}
	return m.change(ctx, t.ID, func(t *tenant.Tenant) (string, string, error) {
		switch t.Placement {
		case from:
		case to: // the last word of a run that was killed came late
			return "", "", nil
		default:
			return "", "", tenant.ErrConflict
		}
		t.Placement = to
		return "fence", "data at " + cmp.Or(to.Database, to.Schema), nil
	})
}

// shut commits the fence and the marks, and returns the placement that is behind it.
func (m operation) shut(ctx context.Context, t *tenant.Tenant, marks []isolation.Statement) (tenant.Placement, error) {
	if m.c.Engine != nil {
		return m.fenceOn(ctx, t, marks)
	}
	level, err := m.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return t.Placement, err
	}
	to, statements := level.Fence(t.ID, t.Placement)
	if out, ok := m.outside(t); ok {
		if err := m.moveOut(ctx, out, t, to); err != nil || len(marks) == 0 {
			return to, err
		}
		t, statements = t.Clone(), nil
		t.Placement = to // where the marks go, before anybody hears of it
	}
	return to, m.atHome(ctx, t, func(conn *pgx.Conn) error {
		return m.fenced(ctx, conn, t.ID, append(statements, marks...)...)
	})
}

// Purge drops the data of a deleted tenant, a few objects at a time, so that no
// lock table fills and no neighbour waits. The record stays. Once it has begun, the
// tenant cannot be restored.
//
// Errors: [*tenant.StatusError] for a tenant that was not deleted; [ErrBusy];
// [*StuckError] where a table that tenants share keeps its rows.
func (m *Manager) Purge(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return m.operate(ctx, "purge", id, func(m operation, t *tenant.Tenant) (*tenant.Tenant, error) {
		switch t.Status {
		case tenant.Deleted:
			return t, nil
		case tenant.Deleting:
			return m.purge(ctx, t)
		}
		return nil, &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: tenant.Deleted}
	})
}

func (m operation) purge(ctx context.Context, t *tenant.Tenant) (*tenant.Tenant, error) {
	t, err := m.drop(ctx, t)
	if err != nil {
		return nil, err
	}
	return m.purged(ctx, t.ID)
}

// drop fences a tenant and drops its home. A database goes at once or not at all, and
// needs no mark.
func (m operation) drop(ctx context.Context, t *tenant.Tenant) (*tenant.Tenant, error) {
	if out, ok := m.outside(t); ok {
		t, err := m.fence(ctx, t)
		if err != nil {
			return nil, err
		}
		return t, m.raze(ctx, out, t)
	}
	t, err := m.fence(ctx, t, isolation.Demolishing(t.ID, true))
	if err != nil {
		return nil, err
	}
	// The mark goes together with the home: without a home nothing is restored.
	return t, m.demolish(ctx, t, isolation.Demolishing(t.ID, false))
}

// demolish drops a fenced tenant's home batch by batch; its last objects, its ledger
// and the given marks go together. A migration may still be inside, and tables that
// others use may be referred to: so each step is fenced.
func (m operation) demolish(ctx context.Context, t *tenant.Tenant, marks ...isolation.Statement) error {
	if m.c.Engine != nil {
		return m.demolishOn(ctx, t)
	}
	level, err := m.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return err
	}
	plan := level.Drop(t.ID, t.Placement)
	last := slices.Concat(plan.Last, []isolation.Statement{m.c.Migrator.Forget(t.ID)}, marks)
	return m.atHome(ctx, t, func(conn *pgx.Conn) error {
		p := progress{left: plan.Left}
		for {
			if err := p.batch(ctx, conn); err != nil {
				return err
			}
			objects, err := list(ctx, conn, plan.Next)
			if err != nil {
				return err
			}
			if len(objects) == 0 {
				return m.fenced(ctx, conn, t.ID, last...)
			}
			if err := m.fenced(ctx, conn, t.ID, objects...); err != nil {
				return stuck(err)
			}
		}
	})
}

func list(ctx context.Context, conn *pgx.Conn, next isolation.Statement) ([]isolation.Statement, error) {
	rows, err := conn.Query(ctx, next.Inline(), pgx.QueryExecModeExec)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (isolation.Statement, error) {
		var s isolation.Statement
		return s, row.Scan(&s.SQL)
	})
}
