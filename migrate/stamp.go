package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
)

// StampOptions select whose ledger is written.
type StampOptions struct {
	Filter registry.Filter // which tenants; the zero value means all
	Shared bool            // the shared scope, and no tenant
	DryRun bool
}

// Stamp writes the ledgers as if exactly the migrations up to version had been
// applied, and runs none of them: for tables that were made in another way. 0 empties the ledgers.
func (r *Runner) Stamp(ctx context.Context, version int64, o StampOptions) (*Report, error) {
	if r.c.Broken != nil {
		return nil, r.c.Broken
	}
	scope := scopeOf(o.Shared)
	all := r.source(scope)
	if version != 0 && all.Find(version) == nil {
		return nil, fmt.Errorf("migrate: stamp: %w", &UnknownError{Ref{scope, version}})
	}
	f, err := r.survey(ctx, Options{Filter: o.Filter, SharedOnly: o.Shared}, !o.DryRun)
	if err != nil {
		return nil, err
	}
	var upTo []*Migration
	for _, m := range all {
		if m.Version <= version {
			upTo = append(upTo, m)
		}
	}
	jobs := stampJobs(f, scope, upTo)
	if !o.DryRun {
		err = r.stampAll(ctx, f, jobs, version, upTo)
	}
	report := &Report{DryRun: o.DryRun, Outcomes: outcomes(jobs), Skipped: f.skipped}
	return report, report.err(err)
}

func stampJobs(f *fleet, scope Scope, upTo []*Migration) (jobs []*job) {
	for _, t := range f.targets {
		if t.scope == scope && f.selected[t] {
			jobs = append(jobs, &job{target: t, have: f.have[t], err: f.broken[t], done: f.have[t].pending(upTo)})
		}
	}
	return jobs
}

func (r *Runner) stampAll(ctx context.Context, f *fleet, jobs []*job, version int64, upTo []*Migration) error {
	if version < r.Head() {
		if err := r.forgetRollouts(ctx, version+1); err != nil {
			return err
		}
	}
	for _, h := range f.homes() {
		var here []*job
		for _, j := range jobs {
			if j.target.home == h && j.err == nil {
				here = append(here, j)
			}
		}
		if len(here) == 0 {
			continue
		}
		err := r.stampHome(ctx, h, here, version, upTo)
		for _, j := range here {
			j.err = err
			j.have = applied{count: len(upTo), head: version}
		}
	}
	return errors.Join(r.project(ctx, jobs), sharedError(jobs))
}

const (
	stampLock = `SELECT count(*) FILTER (WHERE NOT pg_try_advisory_xact_lock(k)) FROM unnest($1::bigint[]) AS k`
	stampTrim = `DELETE FROM rowhouse.ledger WHERE target = ANY ($1::text[]) AND NOT version = ANY ($2::bigint[])`
	stampFill = `INSERT INTO rowhouse.ledger (target, version, name, checksum, duration_ms)
SELECT t, v, n, c, 0 FROM unnest($1::text[]) AS t, unnest($2::bigint[], $3::text[], $4::text[]) AS m(v, n, c)
ON CONFLICT (target, version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum`
)

// stampHome stamps the targets of one database in one transaction.
func (r *Runner) stampHome(ctx context.Context, h home, jobs []*job, version int64, upTo []*Migration) error {
	conn, err := r.connect(ctx, h)
	if err != nil {
		return err
	}
	defer r.close(conn)
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return stamp(ctx, tx, jobs, upTo) })
	if err != nil {
		return fmt.Errorf("migrate: stamp %d at %s: %w", version, h, err)
	}
	return nil
}

// stamp works on arrays: one statement for any number of targets.
func stamp(ctx context.Context, tx pgx.Tx, jobs []*job, upTo Source) error {
	var keys, members []string
	var locks []int64
	for _, j := range jobs {
		keys, locks = append(keys, j.target.key), append(locks, j.target.lock)
		if j.target.pool != nil {
			for _, m := range j.target.pool.members {
				members = append(members, targetOf(m.ID))
			}
		}
	}
	var busy int
	if err := tx.QueryRow(ctx, stampLock, locks).Scan(&busy); err != nil {
		return err
	}
	if busy > 0 {
		return fmt.Errorf("%d target(s) are being migrated: stamp when that run has ended", busy)
	}
	if err := write(ctx, tx, keys, upTo); err != nil {
		return err
	}
	// Who shares tables has entries of its own for what is for each tenant.
	each := slices.DeleteFunc(slices.Clone(upTo), func(m *Migration) bool { return !m.eachTenant() })
	return write(ctx, tx, members, each)
}

// write lets the ledgers of the targets have exactly these migrations.
func write(ctx context.Context, tx pgx.Tx, targets []string, all Source) error {
	n := len(all)
	versions, names, checksums := make([]int64, n), make([]string, n), make([]string, n)
	for i, m := range all {
		versions[i], names[i], checksums[i] = m.Version, m.Name, m.Checksum
	}
	if _, err := tx.Exec(ctx, stampTrim, targets, versions); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, stampFill, targets, versions, names, checksums)
	return err
}
