package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// applyPooled brings the tables that t shares to the head, and runs for t what is for
// each tenant.
func (r *Runner) applyPooled(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant, level Pooling) (int64, error) {
	j, err := r.poolJob(ctx, conn, t, level)
	if err != nil {
		return 0, err
	}
	if len(r.c.Tenant) == 0 {
		msg := &message{}
		msg.plan(j.target.create...)
		return 0, msg.run(ctx, conn)
	}
	if err := r.advancePool(ctx, conn, j, t); err != nil {
		return 0, err
	}
	wait := patience{}
	for {
		err := r.seed(ctx, conn, j)
		if err == nil {
			return j.have.head, nil
		}
		if err = j.again(ctx, conn, &wait, r.c.Tenant[0], err); err != nil {
			return 0, j.explain(nil, err)
		}
	}
}

// advancePool does what the tables lack, before t is one of their tenants: it gets what
// is for each as of the head, be it the first one or not.
func (r *Runner) advancePool(ctx context.Context, conn *pgx.Conn, j *job, t *tenant.Tenant) error {
	if len(j.todo) == 0 {
		return nil
	}
	all, err := r.c.Tenants.List(ctx, registry.Filter{Level: t.Placement.Level})
	if err != nil {
		return fmt.Errorf("migrate: list the tenants: %w", err)
	}
	newborn := j.target.pool.members
	j.target.pool.members = slices.DeleteFunc(all, func(other *tenant.Tenant) bool {
		return other.ID == t.ID || other.Placement.Level != t.Placement.Level || other.Placement.Schema != t.Placement.Schema ||
			other.Placement.Server != t.Placement.Server || other.Placement.Database != t.Placement.Database
	})
	err = r.advance(ctx, conn, j, single)
	j.target.pool.members = newborn
	return err
}

// applyPooledTx does the part of it that fits into somebody's transaction: other
// tenants' tables are not changed there.
func (r *Runner) applyPooledTx(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant, level Pooling) (int64, error) {
	j, err := r.poolJob(ctx, conn, t, level)
	if err != nil {
		return 0, err
	}
	if len(j.todo) > 0 {
		return 0, fmt.Errorf("migrate: the shared tables are not at the head yet: make the first tenant of the row level outside a transaction: %w", errors.ErrUnsupported)
	}
	var path string
	if err := conn.QueryRow(ctx, "SELECT current_setting('search_path')", pgx.QueryExecModeExec).Scan(&path); err != nil {
		return 0, fmt.Errorf("migrate: %s: %w", t.Slug, err)
	}
	msg, err := r.seeds(ctx, conn, j)
	if err != nil || msg == nil {
		return j.have.head, err
	}
	msg.add("SELECT set_config('search_path', " + ident.Literal(path) + ", true)")
	if done, err := execAll(ctx, conn.PgConn(), msg.text.String()); err != nil {
		return 0, j.explain(nil, msg.locate(err, done))
	}
	return j.have.head, nil
}

// poolJob is what the tables lack that t shares. t is their one member here.
func (r *Runner) poolJob(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant, level Pooling) (*job, error) {
	target, err := r.poolTarget(t, level)
	if err != nil {
		return nil, err
	}
	target.pool.members = []*tenant.Tenant{t}
	j := &job{target: target, todo: r.c.Tenant}
	if err := j.refresh(ctx, conn); err != nil {
		return nil, err
	}
	if j.have.count == 0 && conn.PgConn().TxStatus() == 'I' {
		return j, InstallLedger(ctx, conn)
	}
	return j, nil
}

// seed runs for the members what is for each tenant and what they lack of it, in one
// transaction.
func (r *Runner) seed(ctx context.Context, conn *pgx.Conn, j *job) error {
	body, err := r.seeds(ctx, conn, j)
	if err != nil || body == nil {
		return err
	}
	msg := &message{}
	msg.add(beginMigration)
	msg.append(body)
	msg.add("COMMIT")
	return msg.run(ctx, conn)
}

// seeds is what seed sends between BEGIN and COMMIT; nil where there is nothing for
// each tenant.
func (r *Runner) seeds(ctx context.Context, conn *pgx.Conn, j *job) (*message, error) {
	var each batch
	for _, m := range r.c.Tenant {
		if m.eachTenant() && j.have.has(m.Version) {
			each = append(each, m)
		}
	}
	if len(each) == 0 {
		return nil, nil
	}
	each, err := r.rewritten(ctx, conn, j.target, each, false)
	if err != nil {
		return nil, err
	}
	msg := &message{}
	msg.enter(j.target, j.have.count)
	for _, m := range each {
		msg.statements(j.target, m, m.Up)
	}
	return msg, nil
}

// seedLate seeds the members of shared tables that were made while a run was under way
// by a process that did not know all of its files.
func (r *Runner) seedLate(ctx context.Context, conn *pgx.Conn, f *fleet) error {
	for _, t := range f.targets {
		if t.pool == nil || f.broken[t] != nil || t.home != (home{server: r.c.Main}) {
			continue
		}
		j := &job{target: t, have: f.have[t]}
		if err := r.seed(ctx, conn, j); err != nil {
			return j.explain(nil, err)
		}
	}
	return nil
}
