package rowhouse

import "github.com/rowhouse-go/rowhouse/drift"

// Drift returns the checker that compares tenants with what their migrations make,
// and repairs them. Tables with these names are left out of it, besides those that
// migration tools keep their versions in.
func (h *House) Drift(ignore ...string) (*drift.Checker, error) {
	if h.ground != nil {
		return nil, h.errPostgresOnly("drift")
	}
	return drift.New(h.migrate.Config(), drift.Ignore(ignore...))
}
