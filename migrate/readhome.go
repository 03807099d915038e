package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// readHome reads the ledger of one database. A database of tenants that does not
// answer breaks those tenants and no others; without the main server there is no
// run.
func (r *Runner) readHome(ctx context.Context, f *fleet, h home, install bool) error {
	targets := f.in(h)
	main := h == home{server: r.c.Main}
	v, err := r.readLedger(ctx, h, targets, install)
	if err != nil {
		if main || ctx.Err() != nil {
			return err
		}
		for _, t := range targets {
			f.broken[t] = err
		}
		return nil
	}
	for _, scope := range []Scope{Shared, Tenant} {
		if err := v.check(r.source(scope), scope); err != nil {
			f.misfit = errors.Join(f.misfit, fmt.Errorf("migrate: %s: %w", h, err))
		}
	}
	for _, t := range targets {
		f.have[t] = v.targets[t.key]
	}
	if main {
		f.out = v.rollouts
	}
	return nil
}

func (r *Runner) readLedger(ctx context.Context, h home, targets []*target, install bool) (view, error) {
	conn, err := r.connect(ctx, h)
	if err != nil {
		return view{}, err
	}
	defer r.close(conn)
	v, err := readView(ctx, conn)
	if err != nil {
		return v, err
	}
	if !v.installed && install {
		if err := InstallLedger(ctx, conn); err != nil {
			return v, err
		}
	}
	if holes := v.holes(targets, r.sources()); len(holes) > 0 {
		err = v.readSets(ctx, conn, holes)
	}
	return v, err
}

func compareHomes(a, b home) int {
	return cmp.Or(cmp.Compare(a.server, b.server), cmp.Compare(a.database, b.database))
}
