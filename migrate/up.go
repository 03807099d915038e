package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Up applies what is pending: the shared scope first, then the tenants, and in
// between as "+rowhouse after" lines ask for.
//
// What does not fit the ledgers is an error before anything runs: [*ChangedError],
// [*UnknownError], [*MissingError]. A tenant that fails keeps nobody else from
// going on; in the end the error is a [*PartialError]. A shared migration that
// fails ends the run. The report is there with every error but those before the
// run.
func (r *Runner) Up(ctx context.Context, o Options) (*Report, error) {
	begin := time.Now()
	f, err := r.survey(ctx, o, !o.DryRun)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.misfit, f.knowsRings(o.Rings)); err != nil {
		return nil, err
	}
	u := &upRun{r: r, o: o, f: f, jobs: map[*target]*job{}}
	if err := u.plan(); err != nil {
		return nil, err
	}
	log, err := u.open(ctx)
	if err != nil {
		return nil, err
	}
	stopped := u.start(ctx)
	if !o.DryRun {
		stopped = u.record(ctx, stopped)
	}
	report := &Report{DryRun: o.DryRun, Outcomes: outcomes(u.selected()), Skipped: f.skipped, Took: time.Since(begin)}
	err = report.err(stopped)
	if o.Atomic && stopped != nil && report.Counts().Done == 0 {
		err = stopped // nobody is done
	}
	return report, log.end(ctx, report, err)
}

func (u *upRun) start(ctx context.Context) error {
	if u.o.Atomic && !u.o.DryRun {
		return u.atomically(ctx)
	}
	return u.run(ctx)
}

// upRun is one run of Up. Its jobs hold what is left of each selected target's work.
type upRun struct {
	r            *Runner
	o            Options
	f            *fleet
	jobs         map[*target]*job
	total, ended int // pieces of work, for the progress
	failed       int // tenants
}

// plan finds what each selected target lacks.
func (u *upRun) plan() error {
	for _, t := range u.f.targets {
		if !u.f.selected[t] {
			continue
		}
		have, all := u.f.have[t], u.r.source(t.scope)
		broken := u.f.broken[t]
		if err := have.outOfOrder(t, all); err != nil && !u.o.AllowMissing && broken == nil {
			return fmt.Errorf("migrate: %w", err)
		}
		t.limits = u.o.Limits
		u.jobs[t] = &job{target: t, have: have, todo: u.o.limit(t.scope, have.pending(all)), err: broken}
	}
	for _, s := range u.r.stages {
		u.total += len(u.due(s))
	}
	if u.o.Atomic {
		return u.oneTransactionEach()
	}
	return nil
}

// run goes through the stages. It stops where the shared scope fails, because the
// tenants' migrations rely on it.
func (u *upRun) run(ctx context.Context) error {
	for _, s := range u.r.stages {
		parts := u.due(s)
		if u.o.DryRun {
			u.pretend(parts)
			continue
		}
		if err := u.heldBack(parts); err != nil {
			return err
		}
		for _, wave := range u.o.waves(parts) {
			u.r.work(ctx, wave, crew{workers: u.o.workers(), do: u.do, tell: u.tell, halted: u.halted})
		}
		if err := errors.Join(u.settle(parts), u.halt()); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("migrate: stopped: %w", context.Cause(ctx))
		}
	}
	return nil
}

func (u *upRun) do(ctx context.Context, conn *pgx.Conn, j *job) error {
	return u.r.advance(ctx, conn, j, single)
}

// due returns a stage's piece of each target's work.
func (u *upRun) due(s stage) (parts []*job) {
	for _, t := range u.f.targets {
		j := u.jobs[t]
		if j == nil || j.err != nil || t.scope != s.scope {
			continue
		}
		if todo := within(j.todo, s.migrations); len(todo) > 0 {
			parts = append(parts, &job{target: t, have: j.have, todo: todo})
		}
	}
	return parts
}

func within(todo, stage []*Migration) (out []*Migration) {
	for _, m := range todo {
		if Source(stage).Find(m.Version) != nil {
			out = append(out, m)
		}
	}
	return out
}

func (u *upRun) pretend(parts []*job) {
	for _, p := range parts {
		u.jobs[p.target].done = append(u.jobs[p.target].done, p.todo...)
	}
}

// settle takes over what came of the pieces. The error is the first one of the
// shared scope.
func (u *upRun) settle(parts []*job) error {
	for _, p := range parts {
		if p.gone != "" {
			u.leave(p)
			continue
		}
		j := u.jobs[p.target]
		j.done, j.err = append(j.done, p.done...), p.err
		if p.begun {
			j.have = p.have
			j.todo = p.have.pending(j.todo)
		}
	}
	return sharedError(u.failHomes(parts))
}

// failHomes fails the tenants of databases of their own whose shared tables failed,
// and nobody else. It returns the other pieces.
func (u *upRun) failHomes(parts []*job) (others []*job) {
	for _, p := range parts {
		if p.err == nil || p.target.scope == Tenant || p.target.home.database == "" {
			others = append(others, p)
			continue
		}
		for _, t := range u.f.in(p.target.home) {
			if j := u.jobs[t]; j != nil && j.err == nil {
				j.err = p.err
			}
		}
	}
	return others
}

func (u *upRun) tell(p *job) {
	u.ended++
	if p.err != nil && p.target.tenant != nil {
		u.failed++
	}
	u.r.tell(u.o.Progress, Event{Done: u.ended, Total: u.total, Label: p.target.label, Outcome: p.outcome()})
}
