package migrate

import (
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Outcome is what a run did to one target.
type Outcome struct {
	Scope    Scope
	Tenant   *tenant.Tenant // nil in the shared scope
	Server   string
	Database string       // empty: the server's own
	Done     []*Migration // what this run applied, or took back; in a dry run: would
	Left     int          // migrations of this run that are still to do
	Version  int64        // where the target is now
	Err      error
}

// Label is the tenant's slug, or "shared".
func (o Outcome) Label() string {
	if o.Tenant == nil {
		return sharedTarget
	}
	return o.Tenant.Slug
}

// Result is one word for the outcome: failed, not started, changed or unchanged. A
// target that a run got to only in part, without an error, is not started as well.
func (o Outcome) Result() string {
	switch {
	case o.Err != nil:
		return "failed"
	case o.Left > 0:
		return "not started"
	case len(o.Done) > 0:
		return "changed"
	}
	return "unchanged"
}

// Counts are the outcomes of a report by their result.
type Counts struct{ Done, Unchanged, Failed, NotStarted int }

// Total is the sum of all results.
func (n Counts) Total() int { return n.Done + n.Unchanged + n.Failed + n.NotStarted }

// Counts counts the outcomes, those of shared scopes too.
func (r *Report) Counts() Counts {
	shared, tenants := r.CountsOf(Shared), r.CountsOf(Tenant)
	return Counts{
		shared.Done + tenants.Done, shared.Unchanged + tenants.Unchanged,
		shared.Failed + tenants.Failed, shared.NotStarted + tenants.NotStarted,
	}
}

// CountsOf counts the outcomes of one scope.
func (r *Report) CountsOf(scope Scope) (n Counts) {
	for _, o := range r.Outcomes {
		if o.Scope != scope {
			continue
		}
		switch o.Result() {
		case "failed":
			n.Failed++
		case "not started":
			n.NotStarted++
		case "changed":
			n.Done++
		default:
			n.Unchanged++
		}
	}
	return n
}

// Skipped is a tenant that a run passed over, and why.
type Skipped struct {
	Tenant *tenant.Tenant
	Reason string
}

// Report is what a run did.
type Report struct {
	DryRun   bool
	Outcomes []Outcome // the shared scopes first, then the tenants by slug
	Skipped  []Skipped
	Took     time.Duration
}

// Changed returns the outcomes of targets that the run changed, or would change.
func (r *Report) Changed() (out []Outcome) {
	for _, o := range r.Outcomes {
		if len(o.Done) > 0 {
			out = append(out, o)
		}
	}
	return out
}

// Event tells how far a run is.
type Event struct {
	Done, Total int    // targets that have work
	Label       string // slug, or "shared"
	Outcome     Outcome
}
