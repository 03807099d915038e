package migrate

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// follow goes after a tenant that could not be entered because it was moved or
// taken away meanwhile. It returns nil where the work goes on, at the new placement
// or not at all; j.gone then says why. Otherwise it returns the error.
func (r *Runner) follow(ctx context.Context, conn *pgx.Conn, j *job, wait *patience, err error) error {
	if !j.shutOut(err) {
		return err
	}
	now, listErr := r.reread(ctx, j.target.tenant.ID)
	switch {
	case listErr != nil:
		return errors.Join(err, listErr)
	case now == nil:
		j.gone, j.todo = "is not there any more", nil
		return nil
	case !migratable(now.Status):
		j.gone, j.todo = skipReason(now.Status), nil
		return nil
	case now.Placement == j.target.tenant.Placement:
		// The registry is told after the move: wait a moment for it.
		if wait.moves++; wait.moves > mostPasses {
			return err
		}
		return wait.some(ctx)
	}
	return errors.Join(r.moveTo(now, j, err), j.refresh(ctx, conn))
}

// shutOut reports whether an error came from entering a tenant: its schema is not
// there, or may not be entered.
func (j *job) shutOut(err error) bool {
	var inFile *fault
	if j.target.tenant == nil || j.target.pool != nil || j.target.create != nil || errors.As(err, &inFile) {
		return false
	}
	s := sqlState(err)
	return errors.Is(err, tenant.ErrMoved) || s == "3F000" || s == "22P02" // undefined schema, invalid text representation
}

// away says why a tenant's database is not there: because the tenant was moved or
// taken away since it was listed. Otherwise it is empty. Who was moved is found at its
// new place when the run looks for latecomers.
func (r *Runner) away(ctx context.Context, t *target, err error) string {
	if t.tenant == nil || !isolation.Gone(err) {
		return ""
	}
	now, listErr := r.reread(ctx, t.tenant.ID)
	switch {
	case listErr != nil:
		return ""
	case now == nil:
		return "is not there any more"
	case !migratable(now.Status):
		return skipReason(now.Status)
	case now.Placement != t.tenant.Placement:
		return "was moved meanwhile"
	}
	return ""
}

// reread reads a tenant anew; nil where it is not listed any more.
func (r *Runner) reread(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	all, err := r.c.Tenants.List(ctx, registry.Filter{IDs: []tenant.ID{id}})
	if i := slices.IndexFunc(all, func(t *tenant.Tenant) bool { return t.ID == id }); err == nil && i >= 0 {
		return all[i], nil
	}
	return nil, err
}

// moveTo gives a job the tenant's new placement, in the same database.
func (r *Runner) moveTo(t *tenant.Tenant, j *job, err error) error {
	to, buildErr := r.tenantTarget(t)
	if buildErr != nil || to.home != j.target.home {
		return errors.Join(err, buildErr)
	}
	to.limits = j.target.limits
	*j.target = *to
	return nil
}

// leave takes a tenant that is gone out of the run.
func (u *upRun) leave(p *job) {
	u.f.skipped = append(u.f.skipped, Skipped{p.target.tenant, p.gone})
	u.f.targets = slices.DeleteFunc(u.f.targets, func(t *target) bool { return t == p.target })
	delete(u.jobs, p.target)
}
