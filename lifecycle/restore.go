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
		// It may have been read-only when it was deleted.
		err = m.atHome(ctx, t, func(conn *pgx.Conn) error { return run(ctx, conn, isolation.ReadOnly(id, false)) })
		if err != nil {
			return err
		}
		version, err := m.build(ctx, t)
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
