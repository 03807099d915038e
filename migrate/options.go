package migrate

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Options select what a run does. The zero value brings everything to the head.
type Options struct {
	Filter       registry.Filter // which tenants; the zero value means all
	Workers      int             // tenants at a time; 0 means 4
	SharedOnly   bool            // leave the tenants alone
	To           int64           // last version of the tenants, or with SharedOnly of the shared scope; 0 is the head
	AllowMissing bool            // apply files that are older than what a target has
	DryRun       bool            // report what would be done
	Limits       Limits          // what a migration may wait for and take

	// Rings order the tenants by their label [RingLabel]: a ring begins when the one
	// before it has ended. Tenants in other rings, or in none, come last.
	Rings []string
	// HaltAfter stops the run after so many tenants failed; 0 means never. Those that
	// were not started stay as they are, and the error is an [ErrHalted].
	HaltAfter int
	// Atomic does all the work in one database in one transaction, so that either
	// every tenant there is migrated or none. Rings, HaltAfter and Workers mean
	// nothing then. What cannot be done in one transaction is refused by name before
	// anything runs; too many locks for the server are a [*LockBudgetError].
	Atomic bool

	// Progress is told beside [Config.Progress], in the same way.
	Progress func(Event)
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return 4
}

// everything reports whether the run reaches every tenant and the head.
func (o Options) everything() bool {
	return o.allTenants() && !o.SharedOnly && o.To == 0 && !o.DryRun
}

func (o Options) allTenants() bool {
	f := o.Filter
	return len(f.Slugs)+len(f.IDs)+len(f.Statuses)+len(f.Labels) == 0 && f.Level == ""
}

// limit leaves out what is beyond To.
func (o Options) limit(scope Scope, ms []*Migration) []*Migration {
	if o.To == 0 || o.SharedOnly != (scope == Shared) {
		return ms
	}
	return slices.DeleteFunc(slices.Clone(ms), func(m *Migration) bool { return m.Version > o.To })
}

// migratable reports whether a run touches tenants in this status. Those that are
// read-only or suspended are served again some day and must not be left behind.
func migratable(s tenant.Status) bool {
	return s == tenant.Active || s == tenant.ReadOnly || s == tenant.Suspended
}

func skipReason(s tenant.Status) string {
	switch s {
	case tenant.Provisioning:
		return "is being made and starts at the head: finish it with tenant create"
	case tenant.Failed:
		return "was never finished: retry tenant create, or delete it"
	}
	return "is being deleted"
}
