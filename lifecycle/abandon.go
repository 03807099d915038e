package lifecycle

import (
	"context"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Abandon deletes and purges a tenant whose data go as a whole, as those of a silo go
// with its server: remove drops them, while no other operation is at the tenant, and may
// be called again. Nothing is asked of the server, which may be broken; who is inside is
// not waited for.
//
// Errors: those of remove. The tenant is not served any more then, and a rerun goes on.
func (m *Manager) Abandon(ctx context.Context, id tenant.ID, remove func(context.Context, *tenant.Tenant) error) (*tenant.Tenant, error) {
	return m.operate(ctx, "purge", id, func(m operation, t *tenant.Tenant) (*tenant.Tenant, error) {
		if t.Status == tenant.Deleted {
			return t, nil
		}
		t, err := m.setStatus(ctx, id, tenant.Deleting, "delete")
		if err != nil {
			return nil, err
		}
		if err := remove(ctx, t); err != nil {
			return nil, err
		}
		return m.purged(ctx, id)
	})
}

// purged notes that a tenant has no data any more.
func (m operation) purged(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	if err := m.c.Store.SetVersions(ctx, map[tenant.ID]int64{id: 0}); err != nil {
		return nil, err
	}
	return m.setStatus(ctx, id, tenant.Deleted, "purge")
}
