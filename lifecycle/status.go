package lifecycle

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ReadOnly makes the database refuse a tenant's writes. When it returns no write
// is under way, in no process.
//
// Errors: [*tenant.StatusError]; [ErrBusy]; [ErrDropped].
func (m *Manager) ReadOnly(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return m.serve(ctx, "read-only", id, tenant.ReadOnly, func(m operation, conn *pgx.Conn, t *tenant.Tenant) (*tenant.Tenant, error) {
		// The mark first: the registry never says read-only of a tenant that takes
		// writes.
		if err := m.close(ctx, conn, t); err != nil {
			return nil, err
		}
		return m.setStatus(ctx, id, tenant.ReadOnly, "read-only")
	})
}

// Resume makes a read-only or suspended tenant active again.
//
// Errors: [*tenant.StatusError]; [ErrDropped].
func (m *Manager) Resume(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return m.serve(ctx, "resume", id, tenant.Active, func(m operation, conn *pgx.Conn, _ *tenant.Tenant) (*tenant.Tenant, error) {
		t, err := m.setStatus(ctx, id, tenant.Active, "resume")
		if err != nil {
			return nil, err
		}
		// The mark last, for the same reason. Nobody needs to be outside for it.
		if m.c.Engine != nil {
			return t, m.markOn(ctx, t, false)
		}
		return t, run(ctx, conn, isolation.ReadOnly(id, false))
	})
}

// close sets the read-only mark while nobody is inside.
func (m operation) close(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) error {
	if m.c.Engine != nil {
		return m.markOn(ctx, t, true)
	}
	return m.fenced(ctx, conn, t.ID, isolation.ReadOnly(t.ID, true))
}

// serve runs f, which opens a tenant for reading at least. It was served before, or
// is suspended and whole.
func (m *Manager) serve(ctx context.Context, action string, id tenant.ID, to tenant.Status, f func(operation, *pgx.Conn, *tenant.Tenant) (*tenant.Tenant, error)) (*tenant.Tenant, error) {
	return m.operate(ctx, action, id, func(m operation, t *tenant.Tenant) (*tenant.Tenant, error) {
		if !t.Status.Serves() && t.Status != tenant.Suspended {
			return nil, &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: to}
		}
		err := m.atHome(ctx, t, func(conn *pgx.Conn) (err error) {
			if err = m.whole(ctx, conn, t); err == nil {
				t, err = f(m, conn, t)
			}
			return err
		})
		return t, err
	})
}

// Suspend stops serving a tenant. Statements under way end first.
//
// Errors: [*tenant.StatusError]; [ErrBusy] where a transaction of the tenant stays
// open: nothing new is served.
func (m *Manager) Suspend(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return m.operate(ctx, "suspend", id, func(m operation, _ *tenant.Tenant) (*tenant.Tenant, error) {
		t, err := m.setStatus(ctx, id, tenant.Suspended, "suspend")
		if err != nil {
			return nil, err
		}
		if m.c.Engine != nil {
			return t, m.unlessBusy(m.c.Engine.Settle(ctx, id, t.Placement))
		}
		return t, m.atHome(ctx, t, func(conn *pgx.Conn) error { return m.fenced(ctx, conn, id) })
	})
}

// atHome runs f on a connection to the database that holds t's data: on the
// operation's own where that is the main one.
func (m operation) atHome(ctx context.Context, t *tenant.Tenant, f func(*pgx.Conn) error) error {
	if m.c.Engine != nil {
		return f(m.conn)
	}
	err := m.at(ctx, t.Placement.Server, t.Placement.Database, f)
	if isolation.Gone(err) {
		return fmt.Errorf("%w: tenant %s has no data at %s: %w", ErrDropped, t.Slug, t.Placement.Database, err)
	}
	return err
}

// at runs f on a connection to a database.
func (m operation) at(ctx context.Context, server, database string, f func(*pgx.Conn) error) error {
	if server == m.c.Main && database == "" {
		return f(m.conn)
	}
	conn, err := m.connect(ctx, server, database)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	return f(conn)
}
