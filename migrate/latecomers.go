package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// mostPasses is how often a run looks for tenants that were made under it.
const mostPasses = 10

// finish records the rollout when no tenant is behind any more: a process of the
// release before may have made some since the run listed them, and brings no more
// once others have what is new.
func (u *upRun) finish(ctx context.Context) error {
	for range mostPasses {
		late, err := u.recordUnlessLate(ctx)
		if err != nil || late == nil {
			return err
		}
		if err := u.catchUp(ctx, late); err != nil {
			return err
		}
	}
	return fmt.Errorf("migrate: record the rollout: %w", ErrGate)
}

// recordUnlessLate returns the fleet with the latecomers selected, if there are any.
func (u *upRun) recordUnlessLate(ctx context.Context) (*fleet, error) {
	conn, open, err := u.r.shutGate(ctx)
	if err != nil {
		return nil, err
	}
	defer open()
	f, err := u.r.on(conn).survey(ctx, Options{Workers: u.o.Workers}, true)
	if err != nil || f.misfit != nil {
		return nil, errors.Join(err, f.misfit)
	}
	if f.selected = u.late(f); len(f.selected) > 0 {
		return f, nil
	}
	if err := u.r.seedLate(ctx, conn, f); err != nil {
		return nil, err
	}
	return nil, u.r.recordRollout(ctx, conn)
}

// late returns the tenants that lack something which this run did not try.
func (u *upRun) late(f *fleet) map[*target]bool {
	failed := map[string]bool{}
	for t, j := range u.jobs {
		failed[t.key] = j.err != nil
	}
	late := map[*target]bool{}
	for _, t := range f.targets {
		if t.scope == Tenant && f.broken[t] == nil && !failed[t.key] && len(f.have[t].pending(u.r.c.Tenant)) > 0 {
			late[t] = true
		}
	}
	return late
}

// catchUp runs what the latecomers lack, as a part of this run.
func (u *upRun) catchUp(ctx context.Context, f *fleet) error {
	more := &upRun{r: u.r, o: u.o, f: f, jobs: map[*target]*job{}, total: u.total, ended: u.ended, failed: u.failed}
	if err := more.plan(); err != nil {
		return err
	}
	stopped := more.start(ctx)
	u.total, u.ended, u.failed = more.total, more.ended, more.failed
	u.f.skipped = f.skipped
	for t, j := range more.jobs {
		u.adopt(t, j)
	}
	return errors.Join(u.r.project(ctx, more.selected()), stopped)
}

// adopt takes over the job of a latecomer, or of a tenant that was made anew.
func (u *upRun) adopt(t *target, j *job) {
	u.f.targets = slices.DeleteFunc(u.f.targets, func(old *target) bool {
		if old.key != t.key {
			return false
		}
		delete(u.jobs, old)
		return true
	})
	u.f.targets = append(u.f.targets, t)
	u.f.selected[t], u.f.have[t], u.jobs[t] = true, j.have, j
}
