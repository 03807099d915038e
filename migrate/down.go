package migrate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
)

// DownOptions select what is taken back. The zero value takes the newest migration
// of every tenant back.
type DownOptions struct {
	Filter  registry.Filter // which tenants; the zero value means all
	Shared  bool            // the shared scope, and no tenant
	Workers int             // tenants at a time; 0 means 4
	Steps   int             // how many migrations of each target; 0 means 1, or what To says
	To      int64           // with Steps 0: all that is newer than this version
	All     bool            // everything
	DryRun  bool
	Limits  Limits
	// Progress is told as [Config.Progress] is.
	Progress func(Event)
}

// Down takes migrations back, newest first. Before anything runs it refuses a
// migration without a down part ([ErrNoDown]) and one that a migration of the other
// scope is to run after ([ErrHeldBack]). Errors and report are as those of
// [Runner.Up]; Outcome.Done is what was taken back.
func (r *Runner) Down(ctx context.Context, o DownOptions) (*Report, error) {
	begin := time.Now()
	f, err := r.survey(ctx, Options{Filter: o.Filter, SharedOnly: o.Shared}, false)
	if err != nil {
		return nil, err
	}
	if f.misfit != nil {
		return nil, f.misfit
	}
	jobs, err := r.planDown(f, o)
	if err != nil {
		return nil, err
	}
	var log *runLog
	if o.DryRun {
		for _, j := range jobs {
			j.done = j.todo
		}
	} else {
		if log, err = r.openLog(ctx, "down", jobs); err != nil {
			return nil, err
		}
		err = r.runDown(ctx, jobs, o)
	}
	report := &Report{DryRun: o.DryRun, Outcomes: outcomes(jobs), Skipped: f.skipped, Took: time.Since(begin)}
	return report, log.end(ctx, report, report.err(err))
}

func (r *Runner) planDown(f *fleet, o DownOptions) ([]*job, error) {
	scope := scopeOf(o.Shared)
	var jobs []*job
	for _, t := range f.targets {
		if t.scope != scope || !f.selected[t] {
			continue
		}
		t.limits = o.Limits
		j := &job{target: t, have: f.have[t], err: f.broken[t], down: true}
		if j.err == nil {
			var err error
			if j.todo, err = r.newest(j.have, scope, o); err != nil {
				return nil, fmt.Errorf("migrate: %s: %w", t.label, err)
			}
		}
		jobs = append(jobs, j)
	}
	return jobs, r.reversible(f, jobs)
}

// newest returns the applied migrations that are to be taken back, newest first.
func (r *Runner) newest(have applied, scope Scope, o DownOptions) (out []*Migration, err error) {
	all := r.source(scope)
	if have.head > all.Head() {
		return nil, &UnknownError{Ref{scope, have.head}}
	}
	for _, m := range slices.Backward(all) {
		if have.has(m.Version) && (o.All || o.Steps > 0 || o.To == 0 || m.Version > o.To) {
			out = append(out, m)
		}
	}
	switch {
	case o.All, o.Steps == 0 && o.To > 0:
		return out, nil
	default:
		return out[:min(len(out), max(o.Steps, 1))], nil
	}
}

// reversible checks all that is to be taken back, before anything is.
func (r *Runner) reversible(f *fleet, jobs []*job) error {
	checked := map[*Migration]bool{}
	for _, j := range jobs {
		for _, m := range j.todo {
			if checked[m] {
				continue
			}
			checked[m] = true
			if !m.HasDown {
				return fmt.Errorf("migrate: %s: %w", m, ErrNoDown)
			}
			if err := r.unneeded(f, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// unneeded refuses to take back what an applied migration of the other scope was to
// run after.
func (r *Runner) unneeded(f *fleet, m *Migration) error {
	for _, t := range f.targets {
		for _, later := range r.source(t.scope) {
			if slices.Contains(later.After, m.Ref()) && f.have[t].has(later.Version) {
				return fmt.Errorf("migrate: %s is needed by %s on %s, take that back first: %w", m, later, t.label, ErrHeldBack)
			}
		}
	}
	return nil
}

func (r *Runner) runDown(ctx context.Context, jobs []*job, o DownOptions) error {
	if !o.Shared {
		// First: whatever breaks off, no tenant is born at a head that is being left.
		if err := r.forgetLeft(ctx, jobs); err != nil {
			return err
		}
	}
	due := slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return j.err != nil || len(j.todo) == 0 })
	ended := 0
	r.work(ctx, due, crew{workers: Options{Workers: o.Workers}.workers(), do: r.retreat, tell: func(j *job) {
		ended++
		r.tell(o.Progress, Event{Done: ended, Total: len(due), Label: j.target.label, Outcome: j.outcome()})
	}})
	if err := r.project(ctx, jobs); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("migrate: stopped: %w", context.Cause(ctx))
	}
	return sharedError(jobs)
}

// forgetLeft forgets the rollouts of every version that some job leaves.
func (r *Runner) forgetLeft(ctx context.Context, jobs []*job) error {
	left := r.Head() + 1
	for _, j := range jobs {
		for _, m := range j.todo {
			left = min(left, m.Version)
		}
	}
	return r.forgetRollouts(ctx, left)
}

// retreat takes a job's migrations back one by one.
func (r *Runner) retreat(ctx context.Context, conn *pgx.Conn, j *job) error {
	wait := patience{}
	for len(j.todo) > 0 {
		m := j.todo[0]
		err := r.revert(ctx, conn, j.target, j.have.count, m)
		if err == nil {
			j.have = j.have.minus(r.source(j.target.scope), m)
			j.done = append(j.done, m)
			j.todo = j.todo[1:]
			continue
		}
		if err = j.again(ctx, conn, &wait, m, err); err != nil {
			return j.explain(m, err)
		}
	}
	return nil
}

// sharedError returns the first error of a shared scope.
func sharedError(jobs []*job) error {
	for _, j := range jobs {
		if j.err != nil && j.target.scope == Shared {
			return fmt.Errorf("migrate: nothing was done after the shared scope failed: %w", j.err)
		}
	}
	return nil
}
