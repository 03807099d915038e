package lifecycle

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Restore brings a deleted tenant back that was not purged yet, at the newest
// migration. slug, where not empty, is its new one: the old one may belong to
// somebody else by now, which is [tenant.ErrExists].
func (m *Manager) Restore(ctx context.Context, id tenant.ID, slug string) (*tenant.Tenant, error) {
	if slug != "" {
		if err := ident.Slug(slug); err != nil {
			return nil, fmt.Errorf("restore: %w", err)
		}
	}
	var t *tenant.Tenant
	err := m.alone(ctx, id, func() (err error) {
		if t, err = m.Find(ctx, tenant.ByID(id)); err != nil {
			return err
		}
		if t.Status != tenant.Deleting {
			return &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: tenant.Active}
		}
		if t, err = m.fence(ctx, t); err != nil {
			return err
		}
		version, err := m.bringUp(ctx, t, isolation.ReadOnly(id, false))
		if err != nil {
			return err
		}
		t, err = m.open(ctx, id, slug, version, "restore")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	return t, nil
}

// Reset empties a tenant: its data is dropped and its tables are made anew. It is
// suspended meanwhile.
func (m *Manager) Reset(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	var t *tenant.Tenant
	err := m.alone(ctx, id, func() (err error) {
		if t, err = m.setStatus(ctx, id, tenant.Suspended, "reset"); err != nil {
			return err
		}
		if t, err = m.fence(ctx, t); err != nil {
			return err
		}
		if err := m.demolish(ctx, t); err != nil {
			return err
		}
		version, err := m.build(ctx, t)
		if err != nil {
			return err
		}
		t, err = m.open(ctx, id, "", version, "reset done")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reset: %w", err)
	}
	return t, nil
}

// bringUp runs statements in the tenant's database and migrates the tenant.
func (m *Manager) bringUp(ctx context.Context, t *tenant.Tenant, first ...isolation.Statement) (version int64, err error) {
	err = m.atHome(ctx, t, func(conn *pgx.Conn) error {
		if err := run(ctx, conn, first...); err != nil {
			return err
		}
		version, err = m.c.Migrator.Apply(ctx, conn, t)
		return err
	})
	return version, err
}

// open makes a tenant active.
func (m *Manager) open(ctx context.Context, id tenant.ID, slug string, version int64, action string) (*tenant.Tenant, error) {
	return m.change(ctx, id, func(t *tenant.Tenant) (string, string, error) {
		if slug != "" {
			t.Slug = slug
		}
		t.Status, t.Version = tenant.Active, version
		return action, fmt.Sprintf("version %d", version), nil
	})
}
