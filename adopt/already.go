package adopt

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// adopted looks whether an earlier run has done it: then its report is returned. A
// live tenant of this slug that was made in another way is [tenant.ErrExists].
func adopted(ctx context.Context, conn *pgx.Conn, o Options) (*Report, error) {
	var there bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass('rowhouse.tenants') IS NOT NULL").Scan(&there); err != nil || !there {
		return nil, err
	}
	store := registry.NewPostgres(conn)
	t, err := store.Lookup(ctx, tenant.BySlug(o.Slug))
	if errors.Is(err, tenant.ErrNotFound) || err == nil && !t.Status.Live() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	events, err := store.Events(ctx, t.ID, 1000)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if e.Action == action {
			return &Report{Tenant: t, Already: true}, nil
		}
	}
	return nil, fmt.Errorf("slug %s: %w", o.Slug, tenant.ErrExists)
}
