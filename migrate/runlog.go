package migrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"
)

// runLog writes the record of one run; nil writes none.
type runLog struct {
	r  *Runner
	id int64
}

const (
	beginRun = `INSERT INTO rowhouse.runs (command, actor, scope, from_version, to_version)
VALUES ($1, coalesce(nullif($2, ''), current_user), $3, $4, $5) RETURNING id`
	endRun = `UPDATE rowhouse.runs SET finished_at = clock_timestamp(),
 done = $2, failed = $3, not_started = $4, skipped = $5, error = $6, failures = $7::text::jsonb WHERE id = $1`
)

// open begins the record of a run that has work to do.
func (u *upRun) open(ctx context.Context) (*runLog, error) {
	if u.o.DryRun {
		return nil, nil
	}
	return u.r.openLog(ctx, "up", u.selected())
}

// openLog begins the record of a run, unless no job has work.
func (r *Runner) openLog(ctx context.Context, command string, jobs []*job) (*runLog, error) {
	scope, from, to, work := span(jobs)
	if !work || r.c.Engine != nil { // an engine keeps no record of runs
		return nil, nil
	}
	conn, err := r.connect(ctx, home{server: r.c.Main})
	if err != nil {
		return nil, err
	}
	defer r.close(conn)
	l := &runLog{r: r}
	for range 2 {
		err = conn.QueryRow(ctx, beginRun, pgx.QueryExecModeExec, command, r.c.Actor, scope, from, to).Scan(&l.id)
		if !noLedger(err) {
			break
		}
		// A ledger from before there were records of runs.
		if err := InstallLedger(ctx, conn); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, fmt.Errorf("migrate: record the run: %w", err)
	}
	return l, nil
}

// span returns the lowest version that is left and the one that is to be reached, of
// the tenants if any has work, and whether there is work.
func span(jobs []*job) (scope Scope, from, to int64, work bool) {
	for _, want := range []Scope{Tenant, Shared} {
		from, to = math.MaxInt64, 0
		for _, j := range jobs {
			if j.target.scope != want || j.err != nil || len(j.todo) == 0 {
				continue
			}
			from, to, work = min(from, j.have.head), max(to, j.goal()), true
		}
		if work {
			return want, from, to, true
		}
	}
	return Tenant, 0, 0, false
}

// goal is the version that the job leads to.
func (j *job) goal() int64 {
	if !j.down {
		return max(j.have.head, j.todo[len(j.todo)-1].Version)
	}
	return j.todo[len(j.todo)-1].Version - 1
}

// end completes the record, also when the run was interrupted, and returns the
// run's error.
func (l *runLog) end(ctx context.Context, report *Report, runErr error) error {
	if l == nil {
		return runErr
	}
	conn, err := l.r.connect(context.WithoutCancel(ctx), home{server: l.r.c.Main})
	if err == nil {
		defer l.r.close(conn)
		n := report.Counts()
		_, err = conn.Exec(context.WithoutCancel(ctx), endRun, pgx.QueryExecModeExec, l.id, n.Done, n.Failed, n.NotStarted, len(report.Skipped),
			why(runErr), failures(report))
	}
	if err != nil {
		return errors.Join(runErr, fmt.Errorf("migrate: the run is over, but its record is not complete: %w", err))
	}
	return runErr
}

// why is the reason for which the run as a whole ended early.
func why(err error) string {
	var p *PartialError
	if errors.As(err, &p) {
		err = p.Err
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func failures(report *Report) string {
	all := []Failure{}
	for _, o := range report.Outcomes {
		if o.Err != nil {
			all = append(all, Failure{o.Label(), o.Err.Error()})
		}
	}
	text, _ := json.Marshal(all) // strings only: it cannot fail
	return string(text)
}
