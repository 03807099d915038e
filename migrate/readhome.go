package migrate

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// readHomes reads the ledgers of all databases, some at a time.
func (r *Runner) readHomes(ctx context.Context, f *fleet, workers int, install bool) error {
	at := map[home][]*target{}
	for _, t := range f.targets {
		at[t.home] = append(at[t.home], t)
	}
	var (
		group errgroup.Group
		mu    sync.Mutex
	)
	group.SetLimit(workers)
	for h, targets := range at {
		group.Go(func() error {
			v, err := r.readLedger(ctx, h, targets, install)
			mu.Lock()
			defer mu.Unlock()
			return r.take(ctx, f, h, targets, v, err)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	f.misfit = toldOnce(f.misfits)
	return nil
}

// take adds what one database says to the fleet. A database of tenants that does
// not answer breaks those tenants and no others; without the main one there is no
// run.
func (r *Runner) take(ctx context.Context, f *fleet, h home, targets []*target, v view, err error) error {
	main := h == home{server: r.c.Main}
	if err != nil && (main || ctx.Err() != nil) {
		return err
	}
	if main {
		f.out = v.rollouts
	}
	if r.deserted(ctx, f, targets, err) {
		return nil
	}
	for _, t := range targets {
		if f.have[t] = v.targets[t.key]; err != nil {
			f.broken[t] = &StepError{Target: t.label, Err: err} // a database's name alone says little
		}
	}
	for _, scope := range []Scope{Shared, Tenant} {
		if err := v.check(r.source(scope), scope); err != nil {
			f.misfits = append(f.misfits, misfit{h, err})
		}
	}
	return nil
}

// deserted takes a database out of the fleet whose only tenant has left it since it
// was listed.
func (r *Runner) deserted(ctx context.Context, f *fleet, targets []*target, err error) bool {
	for _, t := range targets {
		why := r.away(ctx, t, err)
		if why == "" {
			continue
		}
		f.skipped = append(f.skipped, Skipped{t.tenant, why})
		f.targets = slices.DeleteFunc(f.targets, func(other *target) bool { return other.home == t.home })
		return true
	}
	return false
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
