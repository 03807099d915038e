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
func (m *Manager) ReadOnly(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return m.mark(ctx, id, tenant.ReadOnly, "read-only")
}

// Suspend stops serving a tenant. Statements under way end first.
func (m *Manager) Suspend(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	var t *tenant.Tenant
	err := m.alone(ctx, id, func() (err error) {
		if t, err = m.setStatus(ctx, id, tenant.Suspended, "suspend"); err != nil {
			return err
		}
		return m.atHome(ctx, t, func(conn *pgx.Conn) error { return fenced(ctx, conn, id) })
	})
	if err != nil {
		return nil, fmt.Errorf("suspend: %w", err)
	}
	return t, nil
}

// Resume makes a read-only or suspended tenant active again.
func (m *Manager) Resume(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return m.mark(ctx, id, tenant.Active, "resume")
}

// mark writes or removes the read-only mark beside the data, then the status. In
// this order a crash between the two leaves a tenant that refuses writes too much,
// never one that takes too many.
func (m *Manager) mark(ctx context.Context, id tenant.ID, to tenant.Status, action string) (*tenant.Tenant, error) {
	var t *tenant.Tenant
	err := m.alone(ctx, id, func() (err error) {
		if t, err = m.Find(ctx, tenant.ByID(id)); err != nil {
			return err
		}
		if t.Status != to && (!t.Status.CanBecome(to) || t.Status == tenant.Deleting) {
			return &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: to}
		}
		if err := m.atHome(ctx, t, func(conn *pgx.Conn) error {
			return fenced(ctx, conn, id, isolation.ReadOnly(id, to == tenant.ReadOnly))
		}); err != nil {
			return err
		}
		t, err = m.setStatus(ctx, id, to, action)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	return t, nil
}

// atHome opens a connection to the database that holds t's data.
func (m *Manager) atHome(ctx context.Context, t *tenant.Tenant, f func(*pgx.Conn) error) error {
	conn, err := m.c.Connect.Connect(ctx, t.Placement.Server, t.Placement.Database)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	return f(conn)
}
