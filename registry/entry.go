package registry

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// namesPerTenant bounds the slugs and hosts that are kept.
const namesPerTenant = 4

// entry is a tenant in memory. What a hit needs is here, so that it touches little
// memory: with many tenants that is what it costs.
type entry struct {
	tenant *tenant.Tenant
	began  moment
	slot   *atomic.Uint64 // generation in which the tenant expired last
	live   bool
	left   atomic.Bool // replaced, removed or evicted
}

// alias is where a slug or a host led when the entry was loaded.
type alias struct {
	entry   *entry
	changes uint64
}

// unknown is a key that was nobody's.
type unknown struct {
	began moment
	until time.Duration
}

// find returns the entry to which key leads, however old, or nil.
func (c *Cache) find(key tenant.Key) *entry {
	if key.Kind == tenant.KeyID {
		id, err := tenant.ParseID(key.Value)
		if err != nil {
			return nil
		}
		e, _ := c.tenants.GetIfPresent(id)
		return e
	}
	a, ok := c.names.GetIfPresent(key)
	if !ok {
		return nil
	}
	e := a.entry
	if e.left.Load() {
		e = c.follow(key, a)
	}
	// Anybody may have taken the name of a tenant that is no longer live.
	if e != nil && !e.live && a.changes != c.generations.changes.Load() {
		return nil
	}
	return e
}

// follow returns the entry that took the place of an alias's, or nil where there
// is none or where the tenant has this name no more. Where names repeat, only the
// reader can say whose it is by now.
func (c *Cache) follow(key tenant.Key, a alias) *entry {
	e, ok := c.tenants.GetIfPresent(a.entry.tenant.ID)
	if !ok || c.repeat || !holds(e.tenant, key) {
		return nil
	}
	key.Value = strings.Clone(key.Value)
	c.names.Set(key, alias{entry: e, changes: a.changes})
	return e
}

// holds reports whether a slug or a host is t's.
func holds(t *tenant.Tenant, key tenant.Key) bool {
	if key.Kind == tenant.KeySlug {
		return strings.EqualFold(t.Slug, key.Value)
	}
	for i := range t.Domains {
		if strings.EqualFold(t.Domains[i].Host, key.Value) {
			return true
		}
	}
	return false
}

// keep remembers what a load found, and returns the tenant that is kept: another
// load that began later may have been faster.
func (c *Cache) keep(key tenant.Key, t *tenant.Tenant, began moment) *tenant.Tenant {
	e := &entry{tenant: t, began: began, slot: c.generations.slot(t.ID), live: t.Status.Live()}
	kept, _ := c.tenants.Compute(t.ID, func(old *entry, found bool) (*entry, otter.ComputeOp) {
		if found && old.began.clock > e.began.clock {
			return old, otter.CancelOp
		}
		return e, otter.WriteOp
	})
	for _, k := range c.namesOf(t, key) {
		if holds(kept.tenant, k) {
			c.names.Set(k, alias{entry: kept, changes: began.changes})
		}
	}
	return kept.tenant
}

// namesOf returns the keys to keep beside the id: the one that was asked for, and
// those of a live tenant, which are nobody else's unless names repeat.
func (c *Cache) namesOf(t *tenant.Tenant, asked tenant.Key) []tenant.Key {
	keys := make([]tenant.Key, 0, namesPerTenant)
	if asked.Kind != tenant.KeyID {
		keys = append(keys, asked)
	}
	if c.repeat || !t.Status.Live() {
		return keys
	}
	keys = append(keys, tenant.BySlug(strings.ToLower(t.Slug)))
	for _, d := range t.Domains[:min(len(t.Domains), namesPerTenant-2)] {
		keys = append(keys, tenant.ByHost(strings.ToLower(d.Host)))
	}
	return keys
}

// forget remembers that key is nobody's.
func (c *Cache) forget(key tenant.Key, began moment) {
	c.unknown.Set(key, unknown{began: began, until: began.at + c.options.UnknownTTL})
}

// drop removes what key led to, unless a later load put it there.
func (c *Cache) drop(key tenant.Key, began moment) {
	if key.Kind != tenant.KeyID {
		c.names.Invalidate(key)
		return
	}
	id, err := tenant.ParseID(key.Value)
	if err != nil {
		return
	}
	c.tenants.ComputeIfPresent(id, func(old *entry) (*entry, otter.ComputeOp) {
		if old.began.clock > began.clock {
			return old, otter.CancelOp
		}
		return nil, otter.InvalidateOp
	})
}

func (c *Cache) isUnknown(key tenant.Key, now time.Duration) bool {
	u, ok := c.unknown.GetIfPresent(key)
	return ok && now < u.until && u.began.changes == c.generations.changes.Load()
}
