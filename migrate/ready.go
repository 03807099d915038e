package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
)

// Ready says whether a tenant could be made now, as [Runner.Admit] does, and holds
// nothing.
func (r *Runner) Ready(ctx context.Context) error {
	if r.c.Engine != nil {
		release, err := r.Hold(ctx)
		if err == nil {
			release()
		}
		return err
	}
	conn, err := r.connect(ctx, home{server: r.c.Main})
	if err != nil {
		return err
	}
	defer r.close(conn)
	return r.Admit(ctx, conn)
}

// Admit says whether a tenant may be made now. conn goes to the main server; all is
// read through it, or through connections of the runner's own. Where it returns
// nil, no run ends its rollout before the tenant can be listed: until conn is
// closed, or where a transaction is open on it, until that ends.
//
// Errors: [*OlderError] where a newer release has been at the fleet;
// [*ChangedError] and [*UnknownError] as of [Runner.Up]; a [*PendingError] while the
// shared scope is behind, or the newest tenant migration has not been rolled out. A
// tenant whose migration failed and was reported does not count, and where there is
// no tenant yet, there is nothing to roll out.
func (r *Runner) Admit(ctx context.Context, conn *pgx.Conn) error {
	if r.c.Broken != nil {
		return r.c.Broken
	}
	if r.c.Engine != nil {
		return r.Ready(ctx)
	}
	err := r.judge(ctx, conn)
	if p, ok := errors.AsType[*PendingError](err); ok && p.Scope == Tenant {
		err = r.settled(ctx)
	}
	if err != nil {
		return err
	}
	if err := enterGate(ctx, conn); err != nil {
		return err
	}
	return r.judge(ctx, conn)
}

// judge compares the files with what the main server's ledger says.
func (r *Runner) judge(ctx context.Context, conn *pgx.Conn) error {
	v, err := readTexts(ctx, conn)
	if err != nil {
		return err
	}
	if err := r.older(ctx, conn, v); err != nil {
		return err
	}
	return r.behind(v)
}

// behind says what was not applied, or was and is not what the files say.
func (r *Runner) behind(v view) error {
	if err := errors.Join(v.check(r.c.Shared, Shared), v.check(r.c.Tenant, Tenant)); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if have, missing := v.lacks(r.c.Shared); missing {
		return &PendingError{Scope: Shared, Have: have, Want: r.c.Shared.Head()}
	}
	if len(r.c.Tenant) > 0 && !v.rollouts[r.state()] {
		return &PendingError{Scope: Tenant, Have: v.newest(Tenant), Want: r.Head()}
	}
	return nil
}

const textsQuery = `SELECT target = 'shared', version, checksum, count(*) FROM rowhouse.ledger GROUP BY 1, 2, 3
UNION ALL
SELECT NULL::boolean, head, '', files FROM rowhouse.rollouts`

// readTexts reads which texts were applied and what was rolled out. It asks for the
// ledger first: an error would break a transaction of the caller's.
func readTexts(ctx context.Context, conn *pgx.Conn) (view, error) {
	v := view{rollouts: map[rollout]bool{}}
	const there = "SELECT to_regclass('rowhouse.rollouts') IS NOT NULL"
	err := conn.QueryRow(ctx, there, pgx.QueryExecModeExec).Scan(&v.installed)
	if err != nil || !v.installed {
		return v, err
	}
	var (
		shared     *bool
		version, n int64
		checksum   string
	)
	rows, _ := conn.Query(ctx, textsQuery, pgx.QueryExecModeExec)
	_, err = pgx.ForEachRow(rows, []any{&shared, &version, &checksum, &n}, func() error {
		if shared == nil {
			v.rollouts[rollout{version, int(n)}] = true
		} else {
			v.entries = append(v.entries, entry{Ref{scopeOf(*shared), version}, checksum, int(n)})
		}
		return nil
	})
	if err != nil {
		return v, fmt.Errorf("migrate: read the ledger: %w", err)
	}
	return v, nil
}

// newest returns the newest version that any target of a scope has.
func (v *view) newest(scope Scope) (version int64) {
	for _, e := range v.entries {
		if e.ref.Scope == scope {
			version = max(version, e.ref.Version)
		}
	}
	return version
}

// lacks reports whether the shared scope lacks a file, and where it is.
func (v *view) lacks(files Source) (have int64, missing bool) {
	applied := map[int64]bool{}
	for _, e := range v.entries {
		if e.ref.Scope == Shared {
			applied[e.ref.Version] = true
		}
	}
	for _, m := range files {
		missing = missing || !applied[m.Version]
	}
	return v.newest(Shared), missing
}

// older returns an error where a newer release has been at the fleet.
func (r *Runner) older(ctx context.Context, conn *pgx.Conn, v view) error {
	newest := r.Head()
	for out := range v.rollouts {
		newest = max(newest, out.head)
	}
	if newest > r.Head() {
		return &OlderError{Scope: Tenant, Have: r.Head(), Fleet: newest}
	}
	if newest := v.newest(Shared); newest > r.c.Shared.Head() {
		return &OlderError{Scope: Shared, Have: r.c.Shared.Head(), Fleet: newest}
	}
	if newest = v.newest(Tenant); newest <= r.Head() {
		return nil
	}
	left, err := leftBehind(ctx, conn, r.Head())
	if err != nil || left {
		return err
	}
	return &OlderError{Scope: Tenant, Have: r.Head(), Fleet: newest}
}

// leftBehind reports whether all that is newer belongs to tenants that runs do not
// touch: what was deleted keeps its ledger when the fleet is taken back.
func leftBehind(ctx context.Context, conn *pgx.Conn, head int64) (left bool, err error) {
	const listed = "SELECT to_regclass('rowhouse.tenants') IS NOT NULL"
	if err := conn.QueryRow(ctx, listed, pgx.QueryExecModeExec).Scan(&left); err != nil || !left {
		return false, err
	}
	const query = `SELECT NOT EXISTS (SELECT FROM rowhouse.ledger AS l WHERE l.version > $1 AND l.target <> 'shared'
 AND NOT EXISTS (SELECT FROM rowhouse.tenants AS t WHERE t.id::text = l.target AND t.status NOT IN ('active', 'read_only', 'suspended')))`
	err = conn.QueryRow(ctx, query, pgx.QueryExecModeExec, head).Scan(&left)
	return left, err
}

// settled looks at the tenants themselves, while nobody makes one. Where all are at
// the head, which includes that there is none, the head counts as rolled out from
// now on.
func (r *Runner) settled(ctx context.Context) error {
	conn, open, err := r.shutGate(ctx)
	if err != nil {
		return err
	}
	defer open()
	f, err := r.on(conn).survey(ctx, Options{}, true)
	if err != nil || f.out[r.state()] {
		return err
	}
	for _, t := range f.targets {
		if t.scope == Tenant && (f.broken[t] != nil || len(f.have[t].pending(r.c.Tenant)) > 0) {
			return &PendingError{Scope: Tenant, Have: f.have[t].head, Want: r.Head()}
		}
	}
	return r.recordRollout(ctx, conn)
}

// on returns a runner that lists the tenants through a connection to the main server
// where it can: the caller may hold the last one of the registry's pool.
func (r *Runner) on(conn *pgx.Conn) *Runner {
	with := *r
	if _, ok := r.c.Tenants.(*registry.Postgres); ok {
		with.c.Tenants = registry.NewPostgres(conn)
	}
	return &with
}
