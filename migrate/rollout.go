package migrate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// rollout is a state of the tenant migrations that a run brought to every tenant.
type rollout struct {
	head  int64
	files int
}

func (r *Runner) state() rollout { return rollout{r.Head(), len(r.c.Tenant)} }

// recordRollout notes that a run reached every tenant with the newest file.
func (r *Runner) recordRollout(ctx context.Context) error {
	return r.writeRollout(ctx, "INSERT INTO rowhouse.rollouts (head, files) VALUES ($1, $2) ON CONFLICT DO NOTHING")
}

// forgetRollout notes that the newest file is not everywhere any more.
func (r *Runner) forgetRollout(ctx context.Context) error {
	return r.writeRollout(ctx, "DELETE FROM rowhouse.rollouts WHERE head = $1 AND files = $2")
}

func (r *Runner) writeRollout(ctx context.Context, sql string) error {
	conn, err := r.connect(ctx, home{server: r.c.Main})
	if err != nil {
		return err
	}
	defer r.close(conn)
	n := r.state()
	if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeExec, n.head, n.files); err != nil {
		return fmt.Errorf("migrate: record the rollout: %w", err)
	}
	return nil
}

// Ready returns a [*PendingError] while no new tenant may be created: the shared
// scope is behind, or the newest tenant migration has not been rolled out. A tenant
// whose migration failed and was reported does not count, and where there is no
// tenant yet, there is nothing to roll out.
func (r *Runner) Ready(ctx context.Context) error {
	var at, want struct{ shared, out int }
	want.shared, want.out = len(r.c.Shared), min(len(r.c.Tenant), 1)
	var head int64
	if err := r.readReady(ctx, &at.shared, &at.out, &head); err != nil {
		return err
	}
	switch {
	case at.shared < want.shared:
		return &PendingError{Scope: Shared, Have: head, Want: r.c.Shared.Head()}
	case at.out < want.out:
		return r.tenantsPending(ctx)
	}
	return nil
}

func (r *Runner) readReady(ctx context.Context, shared, out *int, head *int64) error {
	conn, err := r.connect(ctx, home{server: r.c.Main})
	if err != nil {
		return err
	}
	defer r.close(conn)
	const query = `SELECT count(*), coalesce(max(version), 0),
 (SELECT count(*) FROM rowhouse.rollouts WHERE head = $2 AND files = $3)
FROM rowhouse.ledger WHERE target = 'shared' AND version <= $1`
	n := r.state()
	err = conn.QueryRow(ctx, query, pgx.QueryExecModeExec, r.c.Shared.Head(), n.head, n.files).Scan(shared, head, out)
	if err != nil && !noLedger(err) {
		return fmt.Errorf("migrate: read the ledger: %w", err)
	}
	return nil
}

// tenantsPending looks at the tenants themselves. Where all are at the head, which
// includes that there is none, the head counts as rolled out from now on.
func (r *Runner) tenantsPending(ctx context.Context) error {
	f, err := r.survey(ctx, Options{}, true)
	if err != nil {
		return err
	}
	for _, t := range f.targets {
		if t.scope == Tenant && (f.broken[t] != nil || len(f.have[t].pending(r.c.Tenant)) > 0) {
			return &PendingError{Scope: Tenant, Have: f.have[t].head, Want: r.Head()}
		}
	}
	return r.recordRollout(ctx)
}
