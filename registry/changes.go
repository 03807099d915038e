package registry

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Change is one tenant's newest change. In differs for each transaction that
// changed the tenant.
type Change struct {
	Tenant tenant.ID
	In     int64
}

// A sequence or a time would not do: they are taken when a change is written and
// seen when it commits, so a slow writer's change would appear behind a poller's
// back. A transaction below the snapshot's xmin has ended, so everything of it was
// visible; whatever was not visible yet has a number from xmin on. The next poll
// looks from there, and sees some changes twice but none not at all.
const (
	changes = `SELECT id::text, changed_in::text::bigint FROM rowhouse.tenants
WHERE changed_in >= $1::bigint::text::xid8`

	horizon = `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint`
)

// Changes returns the tenants that changed since a mark, some of them perhaps
// again, and the mark for the next call. The first call's mark is 0: it returns no
// tenants.
func (p *Postgres) Changes(ctx context.Context, since int64) (changed []Change, next int64, err error) {
	// The mark is taken before the read: later would lose what commits in between.
	if err := p.db.QueryRow(ctx, horizon).Scan(&next); err != nil {
		return nil, 0, fmt.Errorf("registry: changes: %w", err)
	}
	if since == 0 {
		return nil, next, nil
	}
	rows, _ := p.db.Query(ctx, changes, since)
	changed, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Change])
	if err != nil {
		return nil, 0, fmt.Errorf("registry: changes: %w", err)
	}
	return changed, next, nil
}
