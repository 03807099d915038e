package drift

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// member is a tenant to be compared.
type member struct {
	tenant  *tenant.Tenant
	version int64
}

func (m member) home() home {
	return home{m.tenant.Placement.Server, m.tenant.Placement.Database}
}

// target is what a member must be equal to.
func (m member) target() target {
	return target{m.home(), m.version, m.builtAs()}
}

// builtAs is the level whose plans make what the tenant has. A silo's name no role of
// the main server.
func (m member) builtAs() tenant.Level {
	switch level := m.tenant.Placement.Level; level {
	case tenant.Row, tenant.Silo:
		return level
	}
	return tenant.Schema
}

// fleet lists the tenants and what each of them has. The report has those that
// cannot be compared.
func (c *Checker) fleet(ctx context.Context, filter registry.Filter) ([]member, *Report, error) {
	status, err := c.runner.Status(ctx, filter)
	if err == nil {
		err = status.Err
	}
	if err != nil {
		return nil, nil, err
	}
	var members []member
	report := &Report{Skipped: status.Skipped}
	for _, p := range status.Tenants {
		if err := c.comparable(p); err != nil {
			report.Unchecked = append(report.Unchecked, Unchecked{p.Tenant, err})
			continue
		}
		members = append(members, member{p.Tenant, p.Version})
	}
	report.Checked = len(members)
	return members, report, nil
}

// now lists anew what had drifted, and maybe more: shared tables are nobody's, so no
// filter finds them without all who share them.
func (c *Checker) now(ctx context.Context, drifted ...Drifted) ([]member, error) {
	var filter registry.Filter
	for _, d := range drifted {
		filter.IDs = append(filter.IDs, d.Tenant.ID)
	}
	if slices.Contains(filter.IDs, tenant.ID{}) {
		filter.IDs = nil
	}
	members, _, err := c.fleet(ctx, filter)
	return members, err
}

// is reports whether m is what had drifted, wherever it is by now. Shared tables stay
// where they are.
func (d Drifted) is(m member) bool {
	return m.tenant.ID == d.Tenant.ID && (!m.tenant.ID.IsZero() || m.home() == member{tenant: d.Tenant}.home())
}

// comparable returns why a tenant cannot be compared.
func (c *Checker) comparable(p migrate.Position) error {
	switch {
	case p.Err != nil:
		return p.Err
	case p.Pending != len(after(c.c.Tenant, p.Version)):
		return fmt.Errorf("it lacks migrations older than %d: apply them with rowhouse migrate up --allow-missing", p.Version)
	}
	return nil
}

func after(all migrate.Source, version int64) (out migrate.Source) {
	for _, m := range all {
		if m.Version > version {
			out = append(out, m)
		}
	}
	return out
}

// missing is the difference of a tenant whose schema is not there.
func missing(t *tenant.Tenant) []catalog.Difference {
	return []catalog.Difference{{Kind: "schema", Object: t.Placement.Schema, Missing: true}}
}

// group sorts drifted tenants by what differs.
func group(all []Drifted) (groups []Group) {
	for _, d := range all {
		i := slices.IndexFunc(groups, func(g Group) bool {
			return g.Version == d.Version && slices.Equal(g.Differences, d.Differences)
		})
		if i < 0 {
			groups = append(groups, Group{Version: d.Version, Differences: d.Differences})
			i = len(groups) - 1
		}
		groups[i].Tenants = append(groups[i].Tenants, d.Tenant)
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return cmp.Compare(len(b.Tenants), len(a.Tenants)) })
	return groups
}
