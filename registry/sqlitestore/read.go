package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// columns are what scan reads of tenants AS t.
const columns = `t.id, t.slug, t.name, t.status, t.level, t.server, t.database, t.schema, t.role, t.upstream, t.epoch,
 t.settings, t.labels,
 (SELECT json_group_array(json_object('host', d.host, 'primary', json(iif(d.is_primary, 'true', 'false')))
  ORDER BY d.is_primary DESC, d.host) FROM domains AS d WHERE d.tenant = t.id),
 t.version, t.revision, t.created_at, t.updated_at`

// A live tenant comes before one that is being deleted, and the deleted are only
// found by id.
const (
	lookupID = `SELECT ` + columns + ` FROM tenants AS t WHERE t.id = ?`

	lookupSlug = `SELECT ` + columns + ` FROM tenants AS t
WHERE lower(t.slug) = ? AND t.status <> 'deleted' ORDER BY t.live DESC, t.updated_at DESC LIMIT 1`

	lookupHost = `SELECT ` + columns + ` FROM tenants AS t JOIN domains AS h ON h.tenant = t.id
WHERE lower(h.host) = ? AND t.status <> 'deleted' ORDER BY t.live DESC, t.updated_at DESC LIMIT 1`
)

// Lookup implements [registry.Reader].
func (s *Store) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	query := map[tenant.KeyKind]string{
		tenant.KeyID: lookupID, tenant.KeySlug: lookupSlug, tenant.KeyHost: lookupHost,
	}[key.Kind]
	if query == "" || !registry.Plausible(key) {
		return nil, fmt.Errorf("sqlitestore: %s: %w", key, tenant.ErrNotFound)
	}
	t, err := scan(s.db.QueryRowContext(ctx, query, strings.ToLower(key.Value)))
	if errors.Is(err, sql.ErrNoRows) {
		err = tenant.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: look up %s: %w", key, err)
	}
	return t, nil
}

// scan reads one row of columns.
func scan(r row) (*tenant.Tenant, error) {
	t := &tenant.Tenant{}
	p := &t.Placement
	var settings, labels, domains string
	var created, updated int64
	err := r.Scan(&t.ID, &t.Slug, &t.Name, &t.Status,
		&p.Level, &p.Server, &p.Database, &p.Schema, &p.Role, &p.Upstream, &p.Epoch,
		&settings, &labels, &domains, &t.Version, &t.Revision, &created, &updated)
	if err != nil {
		return nil, err
	}
	t.CreatedAt, t.UpdatedAt = time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC()
	return t, registry.Decode(t, settings, labels, domains)
}

// An absent part of the filter is NULL or empty. Lists and labels are JSON.
const list = `SELECT ` + columns + ` FROM tenants AS t
WHERE (?1 IS NULL OR lower(t.slug) IN (SELECT value FROM json_each(?1)))
 AND (?2 IS NULL OR t.id IN (SELECT value FROM json_each(?2)))
 AND iif(?3 IS NULL, t.status <> 'deleted', t.status IN (SELECT value FROM json_each(?3)))
 AND NOT EXISTS (SELECT 1 FROM json_each(?4) AS f WHERE NOT EXISTS
  (SELECT 1 FROM json_each(t.labels) AS l WHERE l.key = f.key AND l.value = f.value))
 AND (?5 = '' OR t.level = ?5)
ORDER BY t.slug, t.id`

// List implements [registry.Reader].
func (s *Store) List(ctx context.Context, f registry.Filter) ([]*tenant.Tenant, error) {
	labels, err := registry.Object(f.Labels)
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: list: %w", err)
	}
	rows, err := s.db.QueryContext(ctx, list, array(f.Slugs, strings.ToLower), array(f.IDs, tenant.ID.String),
		array(f.Statuses, func(s tenant.Status) string { return string(s) }), labels, string(f.Level))
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: list: %w", err)
	}
	all, err := collect(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: list: %w", err)
	}
	return all, nil
}

// array writes values as JSON; none of them is NULL.
func array[T any](values []T, text func(T) string) any {
	if len(values) == 0 {
		return nil
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = text(v)
	}
	out, _ := json.Marshal(texts) // strings only: it cannot fail
	return string(out)
}

// collect reads and closes rows.
func collect[T any](rows *sql.Rows, read func(row) (T, error)) (all []T, err error) {
	defer rows.Close()
	for rows.Next() {
		one, err := read(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// row is a *sql.Row or a *sql.Rows.
type row interface{ Scan(into ...any) error }
