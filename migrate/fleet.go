package migrate

import (
	"context"
	"fmt"
	"slices"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// fleet is everything that a run looks at: the whole fleet, because a shared
// migration may wait for all tenants, with the selected ones marked.
type fleet struct {
	targets  []*target // shared scopes first, then tenants by slug
	selected map[*target]bool
	have     map[*target]applied
	broken   map[*target]error // databases that did not answer, ledgers that do not fit
	skipped  []Skipped
	misfits  []misfit         // as the databases say it
	misfit   error            // files that do not fit what was applied
	out      map[rollout]bool // what the main database knows to be rolled out
}

func newFleet() *fleet {
	return &fleet{selected: map[*target]bool{}, have: map[*target]applied{}, broken: map[*target]error{}}
}

// survey lists the fleet and reads every ledger: one query for each database.
func (r *Runner) survey(ctx context.Context, o Options, install bool) (*fleet, error) {
	if r.c.Broken != nil {
		return nil, r.c.Broken
	}
	f := newFleet()
	if err := r.list(ctx, f, o); err != nil {
		return nil, err
	}
	if r.c.Engine != nil {
		return f, r.readLedgers(ctx, f, o.workers())
	}
	return f, r.readHomes(ctx, f, o.workers(), install)
}

// list finds the targets: the tenants, and a shared scope in each database that has
// one.
func (r *Runner) list(ctx context.Context, f *fleet, o Options) error {
	all, err := r.c.Tenants.List(ctx, registry.Filter{})
	if err != nil {
		return fmt.Errorf("migrate: list the tenants: %w", err)
	}
	chosen, err := r.choose(ctx, all, o)
	if err != nil {
		return err
	}
	r.arrange(f, all, chosen)
	return nil
}

// arrange makes a target of each tenant that runs touch, and of each shared scope. What
// cannot be planned is broken, and keeps nobody else from going on.
func (r *Runner) arrange(f *fleet, all []*tenant.Tenant, chosen map[tenant.ID]bool) {
	shared := map[home]bool{{server: r.c.Main}: true}
	var tenants []*target
	together := pooled{}
	for _, t := range all {
		shares, err := together.take(r, t)
		if shares && err == nil {
			h := home{t.Placement.Server, t.Placement.Database}
			shared[h] = shared[h] || r.hasShared(t.Placement.Level)
			continue
		}
		if !migratable(t.Status) {
			if chosen[t.ID] {
				f.skipped = append(f.skipped, Skipped{t, skipReason(t.Status)})
			}
			continue
		}
		target := r.plannedTarget(f, t, err)
		tenants = append(tenants, target)
		f.selected[target] = chosen[t.ID]
		shared[target.home] = shared[target.home] || r.hasShared(t.Placement.Level)
	}
	f.addShared(r, shared)
	together.addTo(f, chosen)
	f.targets = append(f.targets, tenants...)
}

// plannedTarget is the target of t, broken where err says that there is none or where
// the program lacks its level. It is looked for on the main server then: how to reach
// its own may be what is not known.
func (r *Runner) plannedTarget(f *fleet, t *tenant.Tenant, err error) *target {
	if err == nil {
		var made *target
		if made, err = r.tenantTarget(t); err == nil {
			return made
		}
	}
	lost := &target{scope: Tenant, key: targetOf(t.ID), label: t.Slug, home: home{server: r.c.Main}, engine: r.c.Engine, tenant: t}
	f.broken[lost] = err
	return lost
}

func (f *fleet) addShared(r *Runner, in map[home]bool) {
	for h, has := range in {
		if has {
			f.targets = append(f.targets, r.sharedTarget(h))
		}
	}
	main := home{server: r.c.Main}
	slices.SortFunc(f.targets, func(a, b *target) int {
		switch main {
		case a.home:
			return -1
		case b.home:
			return 1
		}
		return compareHomes(a.home, b.home)
	})
	for _, t := range f.targets {
		f.selected[t] = true
	}
}

// choose applies the caller's filter. A slug that nobody has is an error, so that a
// typing mistake does not pass for a run without work.
func (r *Runner) choose(ctx context.Context, all []*tenant.Tenant, o Options) (map[tenant.ID]bool, error) {
	chosen := map[tenant.ID]bool{}
	if o.SharedOnly {
		return chosen, nil
	}
	if !o.allTenants() {
		var err error
		if all, err = r.c.Tenants.List(ctx, o.Filter); err != nil {
			return nil, fmt.Errorf("migrate: list the chosen tenants: %w", err)
		}
	}
	if len(o.Filter.Slugs)+len(o.Filter.IDs) > 0 {
		if err := r.nobodysOwn(all); err != nil {
			return nil, err
		}
	}
	for _, t := range all {
		chosen[t.ID] = true
	}
	for _, slug := range o.Filter.Slugs {
		if !slices.ContainsFunc(all, func(t *tenant.Tenant) bool { return t.Slug == slug }) {
			return nil, fmt.Errorf("migrate: %s: %w", slug, tenant.ErrNotFound)
		}
	}
	return chosen, nil
}

func (r *Runner) hasShared(name tenant.Level) bool {
	level, err := r.c.Levels.Level(name)
	return err == nil && level.Capabilities().SharedTables.Supported
}

func (f *fleet) homes() (homes []home) {
	for _, t := range f.targets {
		homes = append(homes, t.home)
	}
	slices.SortFunc(homes, compareHomes)
	return slices.Compact(homes)
}

func (f *fleet) in(h home) (out []*target) {
	for _, t := range f.targets {
		if t.home == h {
			out = append(out, t)
		}
	}
	return out
}
