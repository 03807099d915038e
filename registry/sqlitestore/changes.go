package sqlitestore

import (
	"context"
	"fmt"

	"github.com/rowhouse-go/rowhouse/registry"
)

// tick begins every change. One program writes at a time, so what a reader does not
// see yet has a later number than all that it sees.
const tick = "UPDATE clock SET ticks = ticks + 1"

// Changes returns the tenants that changed since a mark, and the mark for the next
// call. The first call's mark is 0: it returns no tenants.
func (s *Store) Changes(ctx context.Context, since int64) (changed []registry.Change, next int64, err error) {
	// The mark is taken before the read: later would lose what commits in between.
	if err := s.db.QueryRowContext(ctx, "SELECT ticks + 1 FROM clock").Scan(&next); err != nil {
		return nil, 0, fmt.Errorf("sqlitestore: changes: %w", err)
	}
	if since == 0 {
		return nil, next, nil
	}
	rows, err := s.db.QueryContext(ctx, "SELECT id, changed_in FROM tenants WHERE changed_in >= ?", since)
	if err != nil {
		return nil, 0, fmt.Errorf("sqlitestore: changes: %w", err)
	}
	changed, err = collect(rows, func(r row) (c registry.Change, err error) {
		return c, r.Scan(&c.Tenant, &c.In)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("sqlitestore: changes: %w", err)
	}
	return changed, next, nil
}
