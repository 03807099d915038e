package sqlitestore

import (
	"context"
	"database/sql"
	"strings"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const (
	otherSlug = "SELECT 1 FROM tenants WHERE live AND id <> ?1 AND lower(slug) = ?2"
	otherHost = "SELECT 1 FROM domains WHERE live AND tenant <> ?1 AND lower(host) = ?2"
	otherHome = `SELECT 1 FROM tenants WHERE level IN ('schema', 'database') AND id <> ?1
 AND server = ?2 AND database = ?3 AND schema = ?4`
)

// free says what another tenant holds. Nobody else writes meanwhile, so asking first
// is as good as the error of an index, which only its text tells from another's.
func free(ctx context.Context, tx *sql.Tx, t *tenant.Tenant) error {
	id, p := t.ID.String(), t.Placement
	if t.Status.Live() {
		if err := vacant(ctx, tx, "slug", t.Slug, otherSlug, id, strings.ToLower(t.Slug)); err != nil {
			return err
		}
		for _, d := range t.Domains {
			if err := vacant(ctx, tx, "host", d.Host, otherHost, id, strings.ToLower(d.Host)); err != nil {
				return err
			}
		}
	}
	switch {
	case p.Level != tenant.Schema && p.Level != tenant.Database:
		return nil
	case p.Schema != "":
		return vacant(ctx, tx, "schema", p.Schema, otherHome, id, p.Server, p.Database, p.Schema)
	}
	return vacant(ctx, tx, "database", p.Database, otherHome, id, p.Server, p.Database, p.Schema)
}

// vacant returns a [*registry.TakenError] where a query finds somebody.
func vacant(ctx context.Context, tx *sql.Tx, field, value, query string, args ...any) error {
	var found bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS ("+query+")", args...).Scan(&found)
	if err == nil && found {
		err = &registry.TakenError{Field: field, Value: value}
	}
	return err
}

// missed says why an update found no row of its revision.
func missed(ctx context.Context, tx *sql.Tx, id tenant.ID) error {
	var found bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM tenants WHERE id = ?)", id.String()).Scan(&found)
	switch {
	case err != nil:
		return err
	case found:
		return tenant.ErrConflict
	}
	return tenant.ErrNotFound
}
