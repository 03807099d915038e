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
	c      *Checker
	o      Options
	models map[target]catalog.Schema
}

func (c *Checker) round(o Options) *round {
	return &round{c: c, o: o, models: map[target]catalog.Schema{}}
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
	return report, nil
}

// compare returns the members that are not what they should be.
func (r *round) compare(ctx context.Context, members []member) ([]Drifted, error) {
	prints, err := r.c.fingerprints(ctx, members, r.o.workers())
	if err != nil {
		return nil, err
	}
	var drifted []Drifted
	known := map[string][]catalog.Difference{} // tenants with one fingerprint differ in one way
	for _, m := range members {
		model, err := r.model(ctx, m.target())
		if err != nil {
			return nil, err
		}
		have := prints[m.tenant.ID]
		if have == model.Fingerprint() {
			continue
		}
		key := model.Fingerprint() + have
		if _, ok := known[key]; !ok || have == "" {
			if known[key], err = r.c.explain(ctx, m, model); err != nil {
				return nil, err
			}
		}
		if len(known[key]) > 0 {
			drifted = append(drifted, Drifted{m.tenant, m.version, known[key]})
		}
	}
	return drifted, nil
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
