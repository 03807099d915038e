package registry

import (
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// columns are what scan reads of rowhouse.tenants AS t. JSON travels as text, so
// that it arrives the same in all of pgx's modes.
const columns = `t.id::text, t.slug, t.name, t.status,
 t.level, t.server, t.database, t.schema, t.role, t.upstream, t.epoch,
 t.settings::text, t.labels::text,
 coalesce((SELECT jsonb_agg(jsonb_build_object('host', d.host, 'primary', d.is_primary)
  ORDER BY d.is_primary DESC, d.host COLLATE "C") FROM rowhouse.domains AS d WHERE d.tenant = t.id), '[]')::text,
 t.version, t.revision, t.created_at, t.updated_at`

// scan reads one row of columns.
func scan(row pgx.CollectableRow) (*tenant.Tenant, error) {
	t, p := &tenant.Tenant{}, &tenant.Placement{}
	var settings, labels, domains string
	err := row.Scan(&t.ID, &t.Slug, &t.Name, &t.Status,
		&p.Level, &p.Server, &p.Database, &p.Schema, &p.Role, &p.Upstream, &p.Epoch,
		&settings, &labels, &domains,
		&t.Version, &t.Revision, &t.CreatedAt, &t.UpdatedAt)
	if err != nil {
		return nil, err
	}
	t.Placement = *p
	return t, Decode(t, settings, labels, domains)
}

// Decode reads what a store keeps as JSON: two objects, and an array of domains.
func Decode(t *tenant.Tenant, settings, labels, domains string) error {
	if err := json.Unmarshal([]byte(settings), &t.Settings); err != nil {
		return fmt.Errorf("settings of %s: %w", t.Slug, err)
	}
	if err := json.Unmarshal([]byte(labels), &t.Labels); err != nil {
		return fmt.Errorf("labels of %s: %w", t.Slug, err)
	}
	if err := json.Unmarshal([]byte(domains), &t.Domains); err != nil {
		return fmt.Errorf("domains of %s: %w", t.Slug, err)
	}
	return nil
}

// Object returns a map as the text of a JSON object; nil is an empty one.
func Object[M ~map[string]V, V any](m M) (string, error) {
	if len(m) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(m)
	return string(text), err
}
