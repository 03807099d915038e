package registry

import (
	"context"
	"fmt"
)

const insertEvent = `INSERT INTO rowhouse.events (tenant, actor, action, detail)
VALUES ($1::text::uuid, $2::text, $3::text, $4::text)`

// Record writes an event that changes nothing in the tenant's record, such as a
// transaction that crosses from one tenant to another.
func (p *Postgres) Record(ctx context.Context, e Event) error {
	_, err := p.db.Exec(ctx, insertEvent, e.Tenant.String(), Clean(e.Actor), Clean(e.Action), Clean(e.Detail))
	if err != nil {
		return fmt.Errorf("registry: record %s: %w", e.Action, err)
	}
	return nil
}
