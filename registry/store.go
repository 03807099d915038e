// Package registry is the list of tenants: who there is, under which names, and
// where their data lives. A [Store] keeps it; a cache in front of it answers
// requests.
package registry

import (
	"context"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Reader finds tenants.
type Reader interface {
	// Lookup returns the tenant with this key, or [tenant.ErrNotFound]. A slug or
	// host that a live tenant holds leads to it; one that only a deleting tenant
	// had leads there, so that its visitors can be told. The deleted are found by
	// id alone. The case of slugs and hosts does not matter. Domains come with the
	// primary one first, then by host.
	Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error)
	// List returns the tenants that match f, ordered by slug, then by id.
	List(ctx context.Context, f Filter) ([]*tenant.Tenant, error)
}

// NamesRepeater is a [Reader] that cannot promise that a slug or host is one tenant's
// alone: a [Cache] then remembers of an answer only the key that it answers.
type NamesRepeater interface {
	NamesRepeat() bool
}

// Store keeps tenants. Every change is one [Event] in the same transaction.
type Store interface {
	Reader
	// Create inserts t as it is, with its domains. A slug or host that another
	// live tenant holds is [tenant.ErrExists]. It sets t.Revision, t.CreatedAt and
	// t.UpdatedAt.
	Create(ctx context.Context, t *tenant.Tenant, e Event) error
	// Update writes all of t but its version, its domains included, if nobody
	// changed the record since t was read: otherwise [tenant.ErrConflict]. It sets
	// t.Revision, t.UpdatedAt and t.Version. A tenant that stops being live gives up
	// its slug and hosts; one that becomes live takes them again, or gets
	// [tenant.ErrExists].
	Update(ctx context.Context, t *tenant.Tenant, e Event) error
	// Events returns what happened to a tenant, newest first, at most limit.
	Events(ctx context.Context, id tenant.ID, limit int) ([]Event, error)
	// SetVersions records which migration tenants are at. It changes no revision,
	// so that it is never in the way of an update, and writes no event. Ids that
	// are nobody's are passed over.
	SetVersions(ctx context.Context, versions map[tenant.ID]int64) error
}

// Event is one entry of the log of changes.
type Event struct {
	Tenant tenant.ID
	At     time.Time // set by the store
	Actor  string    // who: a user of the operating system, a service, a person
	Action string    // what: create, rename, suspend …
	Detail string    // free text: from what to what
}

// Filter selects tenants. The zero value selects all that are not deleted.
type Filter struct {
	Slugs    []string
	IDs      []tenant.ID
	Statuses []tenant.Status   // empty: all but deleted
	Labels   map[string]string // all must match
	Level    tenant.Level      // empty: any
}
