package migrate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// SQLOptions select what [Runner.WriteSQL] writes.
type SQLOptions struct {
	Filter     registry.Filter // which tenants; the zero value means all
	SharedOnly bool            // leave the tenants alone
	To         int64           // last version, as in [Options]
	Limits     Limits          // Tries has no meaning in a script
	// From leaves out migrations of the tenants, or with SharedOnly of the shared
	// scope, up to this version; 0 means what each target has.
	From int64
	// Tenants are the fleet, with their placements and versions. Nothing is connected
	// to then, and all shared migrations are written. Nil: the registry and the
	// ledgers are asked.
	Tenants []*tenant.Tenant
}

// WriteSQL writes a run of [Runner.Up] as a script for psql, ledger entries
// included. Each migration of each target is a transaction of its own, asks the
// ledger whether it is still to be done, and is passed over where it is not: the
// script may be run again, also beside other runs. Go migrations are refused by
// name with [errors.ErrUnsupported], as are targets on several servers.
func (r *Runner) WriteSQL(ctx context.Context, w io.Writer, o SQLOptions) error {
	if r.c.Engine != nil {
		return r.errEngine()
	}
	f, err := r.scriptFleet(ctx, o)
	if err != nil {
		return err
	}
	if f.misfit != nil {
		return f.misfit
	}
	u := &upRun{r: r, o: Options{To: o.To, SharedOnly: o.SharedOnly, Limits: o.Limits, AllowMissing: true}, f: f, jobs: map[*target]*job{}}
	if err := u.plan(); err != nil {
		return err
	}
	if err := u.scriptable(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	s := script{w: out}
	if err := u.script(&s); err != nil {
		return err
	}
	return errors.Join(s.err, out.Flush())
}

// scriptFleet finds out what each target has.
func (r *Runner) scriptFleet(ctx context.Context, o SQLOptions) (f *fleet, err error) {
	options := Options{Filter: o.Filter, SharedOnly: o.SharedOnly}
	if o.Tenants == nil {
		if f, err = r.survey(ctx, options, false); err != nil {
			return nil, err
		}
	} else {
		f = newFleet()
		r.arrange(f, o.Tenants, chosenOf(o))
		for _, t := range f.targets {
			if t.tenant != nil {
				f.have[t] = applied{head: t.tenant.Version}
			}
		}
	}
	for _, t := range f.targets {
		if o.From > 0 && o.SharedOnly == (t.scope == Shared) {
			f.have[t] = applied{head: o.From}
		}
	}
	return f, nil
}

func chosenOf(o SQLOptions) map[tenant.ID]bool {
	chosen := map[tenant.ID]bool{}
	for _, t := range o.Tenants {
		chosen[t.ID] = !o.SharedOnly && (len(o.Filter.Slugs) == 0 || slices.Contains(o.Filter.Slugs, t.Slug))
	}
	return chosen
}

// scriptable refuses what a script cannot do.
func (u *upRun) scriptable() error {
	servers := map[string]string{}
	for t, j := range u.jobs {
		if len(j.todo) == 0 {
			continue
		}
		if j.err != nil {
			return fmt.Errorf("migrate: %s: %w", t.label, j.err)
		}
		servers[t.home.server] = t.label
		for _, m := range j.todo {
			if m.Go != nil {
				return fmt.Errorf("migrate: %s is a Go migration, which a script cannot hold: %w", m, errors.ErrUnsupported)
			}
		}
	}
	if len(servers) > 1 {
		return fmt.Errorf("migrate: the targets are on several servers (%v), and psql talks to one: write a script for each: %w", servers, errors.ErrUnsupported)
	}
	return nil
}

// script writes the work of each database through all stages.
func (u *upRun) script(s *script) error {
	s.head()
	for _, skipped := range u.f.skipped {
		s.line("-- skipped %s: it %s", psqlWord(skipped.Tenant.Slug), skipped.Reason)
	}
	for _, h := range u.f.homes() {
		opened := false
		for _, stage := range u.r.stages {
			parts := u.dueIn(stage, h)
			if err := u.heldBack(parts); err != nil {
				return err
			}
			for _, p := range parts {
				if !opened {
					s.database(h)
					opened = true
				}
				todo, err := u.r.grown(p.target, p.todo)
				if err != nil {
					return p.explain(nil, err)
				}
				for i, m := range todo {
					s.migration(p.target, m, p.todo[i] == u.r.source(p.target.scope)[0])
				}
				p.begun, p.have, p.done, p.todo = true, p.have.plus(p.todo), p.todo, nil
			}
			if err := u.settle(parts); err != nil {
				return err
			}
		}
	}
	return nil
}
