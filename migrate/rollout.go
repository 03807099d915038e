package migrate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
)

// rollout is a state of the tenant migrations that a run brought to every tenant.
type rollout struct {
	head  int64
	files int
}

func (r *Runner) state() rollout { return rollout{r.Head(), len(r.c.Tenant)} }

// recordRollout notes that a run reached every tenant with the newest file. conn
// has the gate alone.
func (r *Runner) recordRollout(ctx context.Context, conn *pgx.Conn) error {
	const sql = "INSERT INTO rowhouse.rollouts (head, files) VALUES ($1, $2) ON CONFLICT DO NOTHING"
	n := r.state()
	if r.c.Engine != nil {
		return r.c.Engine.AddRollout(ctx, isolation.Rollout{Head: n.head, Files: n.files})
	}
	if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeExec, n.head, n.files); err != nil {
		return fmt.Errorf("migrate: record the rollout: %w", err)
	}
	return nil
}

// forgetRollouts notes that a version, and what is newer, is not everywhere any more.
func (r *Runner) forgetRollouts(ctx context.Context, version int64) error {
	if r.c.Engine != nil {
		return r.c.Engine.ForgetRollouts(ctx, version)
	}
	conn, err := r.connect(ctx, home{server: r.c.Main})
	if err != nil {
		return err
	}
	defer r.close(conn)
	if _, err := conn.Exec(ctx, "DELETE FROM rowhouse.rollouts WHERE head >= $1", pgx.QueryExecModeExec, version); err != nil {
		return fmt.Errorf("migrate: forget the rollout: %w", err)
	}
	return nil
}
