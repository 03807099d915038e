package diff

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// differ is one comparison.
type differ struct {
	Config
	speller
	server     *scratch.Server
	from, want *scratch.Database
	problems   []string // of the planner
}

// Next compares what the migrations make with what is desired and writes the
// migration files that lead from the one to the other. Where there is nothing to do
// it writes none. Name is as for [migrate.NewFile].
func Next(ctx context.Context, c Config, name string) (r *Result, err error) {
	if c.Desired == nil {
		return nil, fmt.Errorf("diff: %w", ErrNoModels)
	}
	if c.Names == (isolation.Names{}) {
		c.Names = isolation.DefaultNames()
	}
	d := &differ{Config: c, speller: speller{home: homeOf(c.Scope, c.Names)}}
	if d.server, err = scratch.Open(ctx, c.Conns, c.Main); err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	defer func() { err = errors.Join(err, d.server.Close()) }()
	if err := d.prepare(ctx); err != nil {
		return nil, err
	}
	r, err = d.compare(ctx)
	if err != nil {
		return nil, err
	}
	return r, r.write(d.Config, name)
}

// prepare builds both states.
func (d *differ) prepare(ctx context.Context) (err error) {
	if d.from, err = d.migrated(ctx); err != nil {
		return err
	}
	if d.want, err = d.server.Copy(ctx, d.from); err != nil {
		return fmt.Errorf("diff: %w", err)
	}
	if err := d.home.empty(ctx, d.want, d.Names); err != nil {
		return fmt.Errorf("diff: %w", err)
	}
	err = d.want.SQL(d.home.path, func(db *sql.DB) error { return d.Desired(ctx, db) })
	if err != nil {
		return fmt.Errorf("diff: make the desired state: %w", err)
	}
	others := []string{d.Names.Shared, d.Names.Extensions}
	if d.Scope == migrate.Shared {
		others = others[1:]
	}
	d.words, err = readWords(ctx, d.want, others)
	return err
}

// migrated builds what the migrations make: both scopes, since each may wait for the
// other.
func (d *differ) migrated(ctx context.Context) (*scratch.Database, error) {
	from, err := d.server.Create(ctx)
	if err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	files := scratch.Files{Shared: d.Shared, Tenant: d.Tenant, Names: d.Names, Both: d.Both}
	street, err := from.Build(ctx, files, sqllex.Placeholder, "scratch")
	if err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	runner, err := street.Runner(files, street.Tenants...)
	if err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	if _, err := runner.Up(ctx, migrate.Options{Workers: 1}); err != nil {
		return nil, fmt.Errorf("diff: run the migrations: %w", err)
	}
	return from, nil
}

// compare finds the files. Each is tried on a copy, forward and back.
func (d *differ) compare(ctx context.Context) (r *Result, err error) {
	r = &Result{}
	if r.Gaps, err = d.gaps(ctx, d.want, d.from); err != nil {
		return nil, err
	}
	before := d.from
	for _, stage := range d.stages() {
		if len(r.Gaps) == 0 {
			break
		}
		p, err := d.pair(ctx, d.want, before)
		if err != nil {
			return nil, err
		}
		if before, err = d.try(ctx, r, stage(p), before); err != nil {
			return nil, err
		}
	}
	if n := len(r.Files); n > 0 {
		r.Files[n-1].gaps = r.Gaps
	}
	if r.incomplete() {
		r.Problems = d.problems
	}
	return r, nil
}

// try runs a stage on a copy of a database, and back. It returns the database from
// which the next stage goes on.
func (d *differ) try(ctx context.Context, r *Result, do stage, before *scratch.Database) (after *scratch.Database, err error) {
	if do == nil {
		return before, nil
	}
	check, err := d.server.Copy(ctx, before)
	if err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	f, err := do(ctx, check)
	if err != nil || len(f.Up) == 0 {
		return before, err
	}
	if r.Gaps, err = d.gaps(ctx, d.want, check); err != nil {
		return nil, err
	}
	if len(r.Gaps) > 0 { // the way back is on the check database
		if after, err = d.server.Copy(ctx, check); err != nil {
			return nil, fmt.Errorf("diff: %w", err)
		}
	}
	if f.Down == nil {
		err = d.back(ctx, f, check, before)
	}
	r.Files = append(r.Files, *f)
	return after, err
}

// back finds a file's way down.
func (d *differ) back(ctx context.Context, f *File, check, before *scratch.Database) (err error) {
	w := &work{differ: d, check: check, target: before}
	if f.Down, err = w.do(ctx); err != nil {
		return err
	}
	f.downGaps, err = d.gaps(ctx, before, check)
	return err
}

// gaps compares two states, extensions included.
func (d *differ) gaps(ctx context.Context, want, have *scratch.Database) ([]catalog.Difference, error) {
	p, err := d.pair(ctx, want, have)
	if err != nil {
		return nil, err
	}
	extensions, err := d.extensionGaps(ctx, want, have)
	return append(extensions, catalog.Diff(p.want, p.have)...), err
}

// pair is what a scope's schema should contain, and what it contains.
type pair struct{ want, have catalog.Schema }

func (d *differ) pair(ctx context.Context, want, have *scratch.Database) (p pair, err error) {
	if p.want, err = d.home.inspect(ctx, want); err != nil {
		return p, fmt.Errorf("diff: %w", err)
	}
	if p.have, err = d.home.inspect(ctx, have); err != nil {
		return p, fmt.Errorf("diff: %w", err)
	}
	return p, nil
}
