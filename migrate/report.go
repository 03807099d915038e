package migrate

import "github.com/rowhouse-go/rowhouse/tenant"

// Outcome is what a run did to one target.
type Outcome struct {
	Target string // slug, or "shared"
	Tenant *tenant.Tenant
	Err    error
}
