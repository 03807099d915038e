package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
)

// ErrDirty: golang-migrate left a schema in the middle of a migration.
var ErrDirty = errors.New("schema is dirty")

// ImportOptions say whose version tables are read.
type ImportOptions struct {
	// Table is the version table of the tool that was used so far, in each tenant's
	// schema and in the shared one: goose's goose_db_version or golang-migrate's
	// schema_migrations, under whatever name. Its columns tell which it is.
	Table  string
	Filter registry.Filter // which tenants; the zero value means all
	Shared bool            // the shared scope, and no tenant
	DryRun bool
}

// Import writes into the ledgers what another tool applied, as its version tables
// tell, and runs nothing. A version without a file is an [*UnknownError] of its
// tenant, as is a dirty schema an [ErrDirty]; the others are imported. Entries that
// are there already stay, so it may be repeated. A tenant without the table is an
// error unless its ledger has entries; a shared schema may lack it.
func (r *Runner) Import(ctx context.Context, o ImportOptions) (*Report, error) {
	begin := time.Now()
	f, err := r.survey(ctx, Options{Filter: o.Filter, SharedOnly: o.Shared}, !o.DryRun)
	if err != nil {
		return nil, err
	}
	if f.misfit != nil {
		return nil, f.misfit
	}
	jobs := importJobs(f)
	for _, h := range f.homes() {
		if err := r.importHome(ctx, h, o, jobsIn(jobs, h)); err != nil {
			return nil, fmt.Errorf("migrate: import from %s: %w", h, err)
		}
	}
	if !o.DryRun {
		err = r.project(ctx, jobs)
	}
	report := &Report{DryRun: o.DryRun, Outcomes: outcomes(jobs), Skipped: f.skipped, Took: time.Since(begin)}
	return report, report.err(err)
}

func importJobs(f *fleet) (jobs []*job) {
	for _, t := range f.targets {
		if f.selected[t] {
			jobs = append(jobs, &job{target: t, have: f.have[t], err: f.broken[t]})
		}
	}
	return jobs
}

func jobsIn(jobs []*job, h home) []*job {
	return slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return j.target.home != h || j.err != nil })
}

// importHome imports the targets of one database in one transaction.
func (r *Runner) importHome(ctx context.Context, h home, o ImportOptions, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	conn, err := r.connect(ctx, h)
	if err != nil {
		return err
	}
	defer r.close(conn)
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		tables, err := r.versionTables(ctx, tx, o.Table, jobs)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if err := r.importOne(ctx, tx, tables[r.schemaOf(j.target)], j); err != nil {
				return err
			}
		}
		if o.DryRun {
			return nil
		}
		return fillLedger(ctx, tx, jobs)
	})
}

func (r *Runner) schemaOf(t *target) string {
	if t.tenant == nil {
		return r.c.Names.Shared
	}
	return t.tenant.Placement.Schema
}

// importOne decides what the other tool's table adds to a target's ledger. What is
// wrong with the target stays in the job.
func (r *Runner) importOne(ctx context.Context, tx pgx.Tx, table versionTable, j *job) error {
	if table == (versionTable{}) {
		if j.target.tenant != nil && j.have.count == 0 {
			j.err = fmt.Errorf("%s: has no such version table: name it with --table, or write the ledger with migrate stamp", j.target.label)
		}
		return nil
	}
	all := r.source(j.target.scope)
	versions, err := table.read(ctx, tx, all)
	if errors.Is(err, ErrDirty) {
		j.err = fmt.Errorf("%s: %w: repair it, then say so with golang-migrate's force", j.target.label, err)
		return nil
	}
	if err != nil {
		return err
	}
	for _, version := range versions {
		m := all.Find(version)
		if m == nil {
			j.err, j.done = fmt.Errorf("%s: %w", j.target.label, &UnknownError{Ref{j.target.scope, version}}), nil
			return nil
		}
		if !j.have.has(version) {
			j.done = append(j.done, m)
		}
	}
	return nil
}

const importFill = `INSERT INTO rowhouse.ledger (target, version, name, checksum, duration_ms)
SELECT t, v, n, c, 0 FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS m(t, v, n, c)`

// fillLedger writes what was imported, unless somebody migrates the same targets.
func fillLedger(ctx context.Context, tx pgx.Tx, jobs []*job) error {
	var (
		locks                    []int64
		targets, names, checksum []string
		versions                 []int64
		busy                     int
	)
	for _, j := range jobs {
		for _, m := range j.done {
			targets, versions, names, checksum = append(targets, j.target.key), append(versions, m.Version), append(names, m.Name), append(checksum, m.Checksum)
		}
		locks = append(locks, j.target.lock)
	}
	if err := tx.QueryRow(ctx, stampLock, locks).Scan(&busy); err != nil {
		return err
	}
	if busy > 0 {
		return fmt.Errorf("%d target(s) are being migrated: import when that run has ended", busy)
	}
	if _, err := tx.Exec(ctx, importFill, targets, versions, names, checksum); err != nil {
		return err
	}
	for _, j := range jobs {
		j.have = j.have.plus(j.done)
	}
	return nil
}
