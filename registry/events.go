package registry

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

const events = `SELECT tenant::text, at, actor, action, detail FROM rowhouse.events
WHERE tenant = $1::text::uuid ORDER BY id DESC LIMIT $2::integer`

// Events implements [Store].
func (p *Postgres) Events(ctx context.Context, id tenant.ID, limit int) ([]Event, error) {
	rows, _ := p.db.Query(ctx, events, id.String(), max(limit, 0))
	log, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Event])
	if err != nil {
		return nil, fmt.Errorf("registry: events of %s: %w", id, err)
	}
	return log, nil
}
