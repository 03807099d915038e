package registry

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// An absent part of the filter is a NULL or an empty value. The order is by bytes,
// so that it does not depend on the database's locale.
const list = `SELECT ` + columns + ` FROM rowhouse.tenants AS t
WHERE ($1::text[] IS NULL OR lower(t.slug) = ANY ($1::text[]))
 AND ($2::text[] IS NULL OR t.id = ANY ($2::text[]::uuid[]))
 AND CASE WHEN $3::text[] IS NULL THEN t.status <> 'deleted' ELSE t.status = ANY ($3::text[]) END
 AND t.labels @> $4::text::jsonb
 AND ($5::text = '' OR t.level = $5::text)
ORDER BY t.slug COLLATE "C", t.id`

// List implements [Reader].
func (p *Postgres) List(ctx context.Context, f Filter) ([]*tenant.Tenant, error) {
	labels, err := Object(f.Labels)
	if err != nil {
		return nil, fmt.Errorf("registry: list: %w", err)
	}
	rows, _ := p.db.Query(ctx, list,
		texts(f.Slugs, strings.ToLower), texts(f.IDs, tenant.ID.String),
		texts(f.Statuses, func(s tenant.Status) string { return string(s) }),
		labels, string(f.Level))
	tenants, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("registry: list: %w", err)
	}
	return tenants, nil
}

// texts turns values into text; none of them is nil, which SQL sees as NULL.
func texts[T any](values []T, text func(T) string) []string {
	var out []string
	for _, v := range values {
		out = append(out, text(v))
	}
	return out
}
