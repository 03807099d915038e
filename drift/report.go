package drift

import (
	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Report is what a check found.
type Report struct {
	Checked   int               // tenants that were compared
	Drifted   []Drifted         // by slug
	Groups    []Group           // the same by what differs, the largest first
	Unchecked []Unchecked       // tenants that could not be compared
	Skipped   []migrate.Skipped // tenants that are being made or deleted
}

// Clean reports whether every tenant that lives was compared, and none has drifted.
func (r *Report) Clean() bool { return len(r.Drifted) == 0 && len(r.Unchecked) == 0 }

// Drifted is a tenant that is not what its migrations make.
type Drifted struct {
	Tenant      *tenant.Tenant
	Version     int64 // the migrations that it has
	Differences []catalog.Difference
}

// Group is tenants that differ in the same way.
type Group struct {
	Tenants     []*tenant.Tenant
	Version     int64
	Differences []catalog.Difference
}

// Unchecked is a tenant that was not compared, and why.
type Unchecked struct {
	Tenant *tenant.Tenant
	Err    error
}
