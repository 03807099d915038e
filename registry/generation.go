package registry

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// generations tells which entries an invalidation has overtaken. A tenant's slot is
// shared with few others: then those are loaded once more than needed.
type generations struct {
	clock   atomic.Uint64 // grows with each expiry
	changes atomic.Uint64 // grows with each change that somebody told of
	all     atomic.Uint64 // when everything expired last
	slots   []atomic.Uint64
}

func newGenerations(tenants int) *generations {
	return &generations{slots: make([]atomic.Uint64, 1<<bits.Len(uint(tenants)))}
}

// moment is taken before a load begins.
type moment struct {
	clock, changes uint64
	at             time.Duration // since the birth of the cache
}

// after reports whether a load that began at m answers who arrived earlier.
func (m moment) after(arrived moment) bool {
	return m.clock >= arrived.clock && m.at >= arrived.at
}

// current reports whether nothing expired e since its loading began.
func (g *generations) current(e *entry) bool {
	return e.began.clock >= e.slot.Load() && e.began.clock >= g.all.Load()
}

func (g *generations) expire(id tenant.ID) { raise(g.slot(id), g.clock.Add(1)) }

func (g *generations) expireAll() { raise(&g.all, g.clock.Add(1)) }

// slot uses the random end of an id.
func (g *generations) slot(id tenant.ID) *atomic.Uint64 {
	return &g.slots[binary.BigEndian.Uint64(id[8:])&uint64(len(g.slots)-1)]
}

// raise sets a to at least v: of two invalidations at once the later one counts.
func raise(a *atomic.Uint64, v uint64) {
	for old := a.Load(); old < v && !a.CompareAndSwap(old, v); old = a.Load() {
	}
}
