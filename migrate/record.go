package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// record writes what the rest of the program reads: the tenants' versions, and
// that the head was rolled out. It returns why the run stopped early, if it did.
func (u *upRun) record(ctx context.Context, stopped error) error {
	err := u.r.project(ctx, u.selected())
	if stopped == nil && u.o.everything() && !u.f.out[u.r.state()] && u.reached() {
		err = errors.Join(err, u.finish(ctx))
	}
	return errors.Join(stopped, err)
}

// reached reports whether some tenant has everything, or there is none. A head that
// failed everywhere was not rolled out.
func (u *upRun) reached() bool {
	tenants := 0
	for t, j := range u.jobs {
		if t.scope == Tenant && j.err == nil {
			return true
		}
		if t.scope == Tenant {
			tenants++
		}
	}
	return tenants == 0
}

// project corrects the versions in the registry where the ledger knows better.
func (r *Runner) project(ctx context.Context, jobs []*job) error {
	versions := map[tenant.ID]int64{}
	for _, j := range jobs {
		t := j.target
		known := j.err == nil || j.begun || j.have.count > 0
		for _, owner := range t.owners() {
			if known && owner.Version != j.have.head {
				versions[owner.ID] = j.have.head
			}
		}
	}
	if r.c.Projection == nil || len(versions) == 0 {
		return nil
	}
	if err := r.c.Projection.SetVersions(context.WithoutCancel(ctx), versions); err != nil {
		return fmt.Errorf("migrate: the ledgers are right, but the registry's versions are not: run again: %w", err)
	}
	return nil
}

// selected returns the jobs in the order of the report.
func (u *upRun) selected() (jobs []*job) {
	for _, t := range u.f.targets {
		if j := u.jobs[t]; j != nil {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

func outcomes(jobs []*job) (out []Outcome) {
	for _, j := range jobs {
		out = append(out, j.outcome())
	}
	return out
}

func (j *job) outcome() Outcome {
	return Outcome{
		Scope:    j.target.scope,
		Tenant:   j.target.tenant,
		Server:   j.target.home.server,
		Database: j.target.home.database,
		Done:     j.done,
		Left:     len(j.todo),
		Version:  j.have.head,
		Err:      j.err,
	}
}

// err is the run's error: the reason why it stopped, alone where no tenant was
// reached; a [*PartialError] where some were done and some were not.
func (r *Report) err(stopped error) error {
	p := &PartialError{Err: stopped}
	reached := false
	for _, o := range r.Outcomes {
		switch {
		case o.Err != nil && o.Scope == Tenant:
			p.Failed = append(p.Failed, o)
		case o.Err == nil && o.Left == 0:
			p.Applied = append(p.Applied, o)
			reached = reached || o.Scope == Tenant && len(o.Done) > 0
		case o.Err == nil:
			p.Left = append(p.Left, o)
		}
	}
	if len(p.Failed) == 0 && !reached {
		return stopped
	}
	if len(p.Failed) == 0 && stopped == nil {
		return nil
	}
	return p
}
