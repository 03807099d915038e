package isolationtest

import (
	"context"
	"sync"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// directory is a cache of the registry that nobody tells of fences: it learns of
// them as a process does that is cut off from notifications.
type directory struct {
	store registry.Reader
	mu    sync.RWMutex
	known map[string]*tenant.Tenant // by id
}

// Lookup returns what is known, however old.
func (d *directory) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	d.mu.RLock()
	t := d.known[key.Value]
	d.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	return d.read(ctx, key)
}

// Refresh asks the registry.
func (d *directory) Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return d.read(ctx, tenant.ByID(id))
}

func (d *directory) read(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	t, err := d.store.Lookup(ctx, key)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[t.ID.String()] = t
	return t, nil
}

func (d *directory) forget(id tenant.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, id.String())
}
