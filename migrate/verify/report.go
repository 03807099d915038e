package verify

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// Report is what was compared.
type Report struct {
	From, Head  int64
	Differences []Difference
	Data        []Data // one for each tenant; none without a query
}

// Difference is something that an upgrade, or the second tenant, made different.
type Difference struct {
	Where string // which tenant of which database, or "shared"
	catalog.Difference
}

func (d Difference) String() string { return d.Where + ": " + d.Difference.String() }

// Data is what a query gave in one tenant, row by row and sorted.
type Data struct {
	Tenant        string
	Before, After []string
}

// Survived reports whether there were rows and all of them are there after the upgrade.
func (d Data) Survived() bool { return len(d.Before) > 0 && slices.Equal(d.Before, d.After) }

// Clean reports whether nothing was found.
func (r *Report) Clean() bool {
	return len(r.Differences) == 0 && !slices.ContainsFunc(r.Data, func(d Data) bool { return !d.Survived() })
}
