package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Engine is where the data and their ledgers are where that is not PostgreSQL. What
// only PostgreSQL can do, such as a script for psql, is [errors.ErrUnsupported] then.
type Engine interface {
	isolation.Ledgers
	isolation.Rollouts
	// Name is what "+rowhouse engine" lines call it.
	Name() string
	// Create makes a tenant's home where it is missing.
	Create(ctx context.Context, id tenant.ID, p tenant.Placement) error
}

// errEngine refuses what needs a connection to PostgreSQL.
func (r *Runner) errEngine() error {
	return fmt.Errorf("migrate: this needs PostgreSQL, and the data are in %s: %w", r.c.Engine.Name(), errors.ErrUnsupported)
}

// readLedgers is [Runner.readHomes] for an engine: each target has a ledger of its own,
// and one that cannot be read breaks no other.
func (r *Runner) readLedgers(ctx context.Context, f *fleet, workers int) error {
	rollouts, err := r.c.Engine.Rollouts(ctx)
	if err != nil {
		return err
	}
	f.out = rolledOut(rollouts)
	var (
		group errgroup.Group
		mu    sync.Mutex
		all   = view{targets: map[string]applied{}}
	)
	group.SetLimit(workers)
	planned := slices.DeleteFunc(slices.Clone(f.targets), func(t *target) bool { return f.broken[t] != nil })
	for _, t := range planned {
		group.Go(func() error {
			entries, err := r.c.Engine.Entries(ctx, t.tenant)
			mu.Lock()
			defer mu.Unlock()
			f.have[t] = appliedOf(entries)
			if err != nil {
				f.broken[t] = err
			}
			all.add(t.scope, entries)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	f.misfit = errors.Join(all.check(r.c.Shared, Shared), all.check(r.c.Tenant, Tenant))
	return nil
}

func rolledOut(all []isolation.Rollout) map[rollout]bool {
	out := map[rollout]bool{}
	for _, o := range all {
		out[rollout{o.Head, o.Files}] = true
	}
	return out
}

func appliedOf(entries []isolation.Entry) applied {
	a := applied{count: len(entries), set: map[int64]bool{}}
	for _, e := range entries {
		a.set[e.Version], a.head = true, max(a.head, e.Version)
	}
	return a
}

// add counts a target's texts.
func (v *view) add(scope Scope, entries []isolation.Entry) {
	for _, e := range entries {
		found := false
		for i, known := range v.entries {
			if known.ref == (Ref{scope, e.Version}) && known.checksum == e.Checksum {
				v.entries[i].targets++
				found = true
			}
		}
		if !found {
			v.entries = append(v.entries, entry{Ref{scope, e.Version}, e.Checksum, 1})
		}
	}
}

// change applies migrations to a target of an engine, or takes them back, in one
// transaction.
func (r *Runner) change(ctx context.Context, t *target, count int, b batch, back bool) error {
	c := isolation.Change{Applied: count}
	for _, m := range b {
		if m.Go != nil {
			return &fault{m, 0, fmt.Errorf("a Go migration needs PostgreSQL: %w", errors.ErrUnsupported)}
		}
		c.Steps = append(c.Steps, m.step(back))
	}
	err := r.c.Engine.Change(ctx, t.tenant, c)
	if where, ok := errors.AsType[*isolation.StatementError](err); ok {
		m := b[where.Step]
		return &fault{m, m.part(back)[where.Statement].Line, where.Err}
	}
	return err
}

func (m *Migration) part(back bool) []Statement {
	if back {
		return m.Down
	}
	return m.Up
}

func (m *Migration) step(back bool) isolation.Step {
	s := isolation.Step{Version: m.Version, Name: m.Name, Checksum: m.Checksum, Back: back}
	for _, statement := range m.part(back) {
		s.SQL = append(s.SQL, statement.SQL)
	}
	return s
}

// bear makes a tenant's home and brings it to the head.
func (r *Runner) bear(ctx context.Context, t *tenant.Tenant) (int64, error) {
	if r.c.Broken != nil {
		return 0, r.c.Broken
	}
	if err := r.c.Engine.Create(ctx, t.ID, t.Placement); err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	target, err := r.tenantTarget(t)
	if err != nil {
		return 0, err
	}
	j := &job{target: target, todo: r.c.Tenant}
	if err := j.refresh(ctx, nil); err != nil {
		return 0, j.explain(nil, err)
	}
	if err := r.advance(ctx, nil, j, allAtOnce); err != nil {
		return 0, err
	}
	return j.have.head, nil
}

// allAtOnce takes everything into one transaction: it costs one wait for the disk.
func allAtOnce(todo []*Migration) batch { return todo }

// Hold is [Runner.Admit] for an engine: what it says holds until release is called.
func (r *Runner) Hold(ctx context.Context) (release func(), err error) {
	if r.c.Broken != nil {
		return nil, r.c.Broken
	}
	err = r.judgeEngine(ctx)
	if p, ok := errors.AsType[*PendingError](err); ok && p.Scope == Tenant {
		err = r.settled(ctx)
	}
	if err != nil {
		return nil, err
	}
	if release, err = r.c.Engine.Gate(ctx, false); err != nil {
		return nil, fmt.Errorf("migrate: enter the fleet's gate: %w", err)
	}
	if err = r.judgeEngine(ctx); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// judgeEngine is [Runner.judge] for an engine.
func (r *Runner) judgeEngine(ctx context.Context) error {
	entries, err := r.c.Engine.Entries(ctx, nil)
	if err != nil {
		return err
	}
	rollouts, err := r.c.Engine.Rollouts(ctx)
	if err != nil {
		return err
	}
	v := view{rollouts: rolledOut(rollouts)}
	v.add(Shared, entries)
	if err := r.older(ctx, nil, v); err != nil {
		return err
	}
	return r.behind(v)
}
