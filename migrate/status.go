package migrate

import (
	"context"
	"errors"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Status says where the fleet is.
type Status struct {
	Shared  []Position // one for each database with shared tables; the main one first
	Tenants []Position // by slug
	Skipped []Skipped  // tenants that runs pass over
	Err     error      // files that do not fit what was applied; nil where all do
}

// Position is where one target is.
type Position struct {
	Tenant   *tenant.Tenant // nil in the shared scope
	Server   string
	Database string // empty: the server's own
	Version  int64  // the newest applied migration; 0 is none
	Pending  int    // migrations that it lacks
	Err      error  // why it cannot be told, or why up would refuse
}

// Status reads every ledger and changes nothing.
func (r *Runner) Status(ctx context.Context, filter registry.Filter) (*Status, error) {
	f, err := r.survey(ctx, Options{Filter: filter}, false)
	if err != nil {
		return nil, err
	}
	s := &Status{Skipped: f.skipped, Err: f.misfit}
	for _, t := range f.targets {
		if !f.selected[t] {
			continue
		}
		if p := r.position(f, t); t.tenant == nil {
			s.Shared = append(s.Shared, p)
		} else {
			s.Tenants = append(s.Tenants, p)
		}
	}
	return s, nil
}

func (r *Runner) position(f *fleet, t *target) Position {
	have, all := f.have[t], r.source(t.scope)
	p := Position{Tenant: t.tenant, Server: t.home.server, Database: t.home.database, Version: have.head, Err: f.broken[t]}
	if p.Err == nil {
		p.Pending = len(have.pending(all))
		p.Err = have.outOfOrder(t, all)
	}
	return p
}

// Clean reports whether nothing is pending and nothing is wrong.
func (s *Status) Clean() bool {
	for _, all := range [][]Position{s.Shared, s.Tenants} {
		for _, p := range all {
			if p.Pending > 0 || p.Err != nil {
				return false
			}
		}
	}
	return s.Err == nil
}

// Errs joins all that is wrong.
func (s *Status) Errs() error {
	all := []error{s.Err}
	for _, p := range append(s.Shared, s.Tenants...) {
		all = append(all, p.Err)
	}
	return errors.Join(all...)
}
