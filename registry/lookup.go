package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// A live tenant comes before one that is being deleted, and the deleted are only
// found by id.
const (
	lookupID = `SELECT ` + columns + ` FROM rowhouse.tenants AS t WHERE t.id = $1::text::uuid`

	lookupSlug = `SELECT ` + columns + ` FROM rowhouse.tenants AS t
WHERE lower(t.slug) = $1::text AND t.status <> 'deleted'
ORDER BY t.live DESC, t.updated_at DESC LIMIT 1`

	lookupHost = `SELECT ` + columns + ` FROM rowhouse.tenants AS t
JOIN rowhouse.domains AS h ON h.tenant = t.id
WHERE lower(h.host) = $1::text AND t.status <> 'deleted'
ORDER BY t.live DESC, t.updated_at DESC LIMIT 1`
)

// Lookup implements [Reader]. A key that can be nobody's does not reach the
// database.
func (p *Postgres) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	sql, ok := lookupSQL(key)
	if !ok {
		return nil, notFound(key)
	}
	rows, _ := p.db.Query(ctx, sql, strings.ToLower(key.Value))
	t, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, notFound(key)
	}
	if err != nil {
		return nil, fmt.Errorf("registry: look up %s: %w", key, err)
	}
	return t, nil
}

func lookupSQL(key tenant.Key) (sql string, ok bool) {
	if !Plausible(key) {
		return "", false
	}
	switch key.Kind {
	case tenant.KeyID:
		return lookupID, true
	case tenant.KeySlug:
		return lookupSlug, true
	case tenant.KeyHost:
		return lookupHost, true
	}
	return "", false
}

// longestKey is what a host name may have.
const longestKey = 253

// Plausible reports whether a key could be anybody's. Keys come from requests: a store
// should not be asked for others.
func Plausible(key tenant.Key) bool {
	if key.Kind == tenant.KeyID {
		_, err := tenant.ParseID(key.Value)
		return err == nil
	}
	return key.Kind != tenant.KeyNone && key.Value != "" && len(key.Value) <= longestKey && storable(key.Value)
}

func notFound(key tenant.Key) error {
	return fmt.Errorf("registry: %s: %w", key, tenant.ErrNotFound)
}
