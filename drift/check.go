package drift

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// Check compares tenants with what their migrations make. It changes nothing. A
// tenant that cannot be compared is in the report; an error means that nothing can.
func (c *Checker) Check(ctx context.Context, o Options) (*Report, error) {
	report, err := c.round(o).check(ctx)
	if err != nil {
		return nil, fmt.Errorf("drift: %w", err)
	}
	return report, nil
}

// round is one check: what was built for it is used for all tenants.
type round struct {
	c         *Checker
	o         Options
	models    map[target]built
	unchecked []Unchecked // what failed alone
}

func (c *Checker) round(o Options) *round {
	return &round{c: c, o: o, models: map[target]built{}}
}

func (r *round) check(ctx context.Context) (*Report, error) {
	members, report, err := r.c.fleet(ctx, r.o.Filter)
	if err != nil {
		return nil, err
	}
	drifted, err := r.compare(ctx, members)
	if err == nil {
		drifted, err = r.again(ctx, drifted)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(drifted, func(a, b Drifted) int { return strings.Compare(a.Tenant.Slug, b.Tenant.Slug) })
	report.Drifted, report.Groups = drifted, group(drifted)
	report.Unchecked = append(report.Unchecked, r.unchecked...)
	report.Checked -= len(r.unchecked)
	slices.SortStableFunc(report.Unchecked, func(a, b Unchecked) int { return strings.Compare(a.Tenant.Slug, b.Tenant.Slug) })
	return report, nil
}

// compare returns the members that are not what they should be. A server that fails
// keeps nobody else from being compared; without the main one there is no check.
func (r *round) compare(ctx context.Context, members []member) ([]Drifted, error) {
	prints := r.c.fingerprints(ctx, members, r.o.workers())
	var drifted []Drifted
	known := map[string][]catalog.Difference{} // tenants with one fingerprint differ in one way
	for _, m := range members {
		differences, err := r.differences(ctx, m, prints, known)
		switch {
		case err != nil && (m.home() == home{server: r.c.c.Main} || ctx.Err() != nil):
			return nil, err
		case err != nil:
			r.unchecked = append(r.unchecked, Unchecked{m.tenant, err})
		case len(differences) > 0:
			drifted = append(drifted, Drifted{m.tenant, m.version, differences})
		}
	}
	return drifted, nil
}

// differences compares one member, and notes in known what others may share.
func (r *round) differences(ctx context.Context, m member, prints prints, known map[string][]catalog.Difference) ([]catalog.Difference, error) {
	if err := prints.failed[m.home()]; err != nil {
		return nil, err
	}
	model, err := r.model(ctx, m.target())
	if err != nil {
		return nil, err
	}
	have := prints.of[m.tenant.ID]
	if have == model.Fingerprint() {
		return nil, nil
	}
	key := model.Fingerprint() + have
	if all, ok := known[key]; ok && have != "" {
		return all, nil
	}
	all, err := r.c.explain(ctx, m, model)
	if err == nil {
		known[key] = all
	}
	return all, err
}

// again looks a second time at drifted tenants that were migrated meanwhile.
func (r *round) again(ctx context.Context, drifted []Drifted) ([]Drifted, error) {
	if len(drifted) == 0 {
		return nil, nil
	}
	now, err := r.c.now(ctx, drifted...)
	if err != nil {
		return nil, err
	}
	var moved []member
	drifted = slices.DeleteFunc(drifted, func(d Drifted) bool {
		i := slices.IndexFunc(now, d.is)
		if i < 0 || now[i].version == d.Version && now[i].tenant.Placement == d.Tenant.Placement {
			return false
		}
		moved = append(moved, now[i])
		return true
	})
	more, err := r.compare(ctx, moved)
	return append(drifted, more...), err
}

// explain lists the differences of one tenant.
func (c *Checker) explain(ctx context.Context, m member, model catalog.Schema) ([]catalog.Difference, error) {
	conn, err := c.connect(ctx, m.home())
	if err != nil {
		return nil, err
	}
	defer hangUp(conn)
	have, err := catalog.Inspect(ctx, conn, m.tenant.Placement.Schema, catalog.Ignore(c.ignore...))
	if isMissing(err) {
		return missing(m.tenant), nil
	}
	if err != nil {
		return nil, err
	}
	return catalog.Diff(model, have), nil
}
