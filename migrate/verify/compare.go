package verify

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// compare holds everything against the first new tenant.
func (c Config) compare(ctx context.Context, fresh, upgraded *scratch.Street, r *Report) error {
	want, err := c.look(ctx, fresh)
	if err != nil {
		return err
	}
	have, err := c.look(ctx, upgraded)
	if err != nil {
		return err
	}
	r.add("shared", want.shared, have.shared)
	if _, ok := c.Level.(migrate.Pooling); ok {
		r.add("tables that tenants share", want.tenants[0], have.tenants[0])
		return nil
	}
	for i, slug := range slugs() {
		r.add("new tenant "+slug, want.tenants[0], want.tenants[i])
	}
	for i, slug := range slugs() {
		r.add("upgraded tenant "+slug, want.tenants[0], have.tenants[i])
	}
	return nil
}

func (r *Report) add(where string, want, have catalog.Schema) {
	for _, d := range catalog.Diff(want, have) {
		r.Differences = append(r.Differences, Difference{where, d})
	}
}

// sight is what there is in a database.
type sight struct {
	shared  catalog.Schema
	tenants []catalog.Schema
}

func (c Config) look(ctx context.Context, street *scratch.Street) (s sight, err error) {
	err = street.Within(ctx, "", func(conn *pgx.Conn) error {
		if s.shared, err = catalog.Inspect(ctx, conn, c.Names.Shared); err != nil {
			return err
		}
		for _, t := range street.Tenants {
			one, err := catalog.Inspect(ctx, conn, t.Placement.Schema)
			if err != nil {
				return err
			}
			s.tenants = append(s.tenants, one)
		}
		return nil
	})
	if err != nil {
		return s, fmt.Errorf("verify: %w", err)
	}
	return s, nil
}
