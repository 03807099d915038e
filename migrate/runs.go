package migrate

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Run is a fleet run as the main server remembers it. A run that found nothing to
// do is not kept.
type Run struct {
	ID         int64     `json:"id"`
	Command    string    `json:"command"` // up or down
	Actor      string    `json:"actor"`
	Started    time.Time `json:"started"`
	Finished   time.Time `json:"finished,omitzero"` // zero: it was killed, or is under way
	Scope      Scope     `json:"scope"`             // of the versions: the tenants', where tenants had work
	From       int64     `json:"from"`              // the lowest version of a target with work
	To         int64     `json:"to"`                // the version that the run was to reach
	Done       int       `json:"done"`              // targets, as are the numbers that follow
	Failed     int       `json:"failed"`
	NotStarted int       `json:"not_started"`
	Skipped    int       `json:"skipped"`
	Error      string    `json:"error"` // why the run as a whole failed or stopped
	Failures   []Failure `json:"failures"`
}

// Failure is a target that a run did not finish.
type Failure struct {
	Target string `json:"target"` // a slug or "shared"
	Error  string `json:"error"`
}

// Result is one word for what came of the run: done, partial, failed or unfinished.
func (r Run) Result() string {
	switch {
	case r.Finished.IsZero():
		return "unfinished"
	case r.Error == "" && r.Failed+r.NotStarted == 0:
		return "done"
	case r.Done > 0:
		return "partial"
	}
	return "failed"
}

const runsQuery = `SELECT id, command, actor, started_at, coalesce(finished_at, 'epoch'), scope, from_version, to_version,
 done, failed, not_started, skipped, error, failures
FROM rowhouse.runs ORDER BY id DESC LIMIT $1`

// Runs lists the newest runs, the last one first; most of 0 means 20.
func (r *Runner) Runs(ctx context.Context, most int) ([]Run, error) {
	if most <= 0 {
		most = 20
	}
	conn, err := r.connect(ctx, home{server: r.c.Main})
	if err != nil {
		return nil, err
	}
	defer r.close(conn)
	rows, _ := conn.Query(ctx, runsQuery, pgx.QueryExecModeExec, most)
	runs, err := pgx.CollectRows(rows, scanRun)
	if err != nil && !noLedger(err) {
		return nil, fmt.Errorf("migrate: read the runs: %w", err)
	}
	return runs, nil
}

func scanRun(row pgx.CollectableRow) (x Run, err error) {
	err = row.Scan(&x.ID, &x.Command, &x.Actor, &x.Started, &x.Finished, &x.Scope, &x.From, &x.To,
		&x.Done, &x.Failed, &x.NotStarted, &x.Skipped, &x.Error, &x.Failures)
	x.Started, x.Finished = x.Started.UTC(), x.Finished.UTC()
	if x.Finished.Unix() == 0 {
		x.Finished = time.Time{}
	}
	return x, err
}
