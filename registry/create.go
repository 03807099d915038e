package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// create is one statement: the tenant, the event and the notification, which the
// server sends when the transaction commits.
const create = `WITH t AS (
 INSERT INTO rowhouse.tenants (id, slug, name, status, level, server, database, schema, role, upstream, epoch,
  settings, labels, version)
 VALUES ($1::text::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text,
  $11::bigint, $12::text::jsonb, $13::text::jsonb, $17::bigint)
 RETURNING id, revision, created_at, updated_at
), e AS (
 INSERT INTO rowhouse.events (tenant, actor, action, detail) SELECT id, $14::text, $15::text, $16::text FROM t
)
SELECT revision, created_at, updated_at, pg_notify('` + Channel + `', id::text)::text FROM t`

// Create implements [Store]. What another tenant holds is a [*TakenError].
func (p *Postgres) Create(ctx context.Context, t *tenant.Tenant, e Event) error {
	if err := p.create(ctx, t, e); err != nil {
		return fmt.Errorf("registry: create %s: %w", t.Slug, err)
	}
	return nil
}

func (p *Postgres) create(ctx context.Context, t *tenant.Tenant, e Event) error {
	if err := Check(t); err != nil {
		return err
	}
	args, err := record(t, e)
	if err != nil {
		return err
	}
	made := *t
	err = pgx.BeginFunc(ctx, p.db, func(tx pgx.Tx) error {
		row := tx.QueryRow(ctx, create, append(args, t.Version)...)
		if err := row.Scan(&made.Revision, &made.CreatedAt, &made.UpdatedAt, new(string)); err != nil {
			return err
		}
		return putDomains(ctx, tx, t)
	})
	if err != nil {
		return p.taken(ctx, t, err)
	}
	*t = made
	return nil
}

// record returns the parameters that create and update have in common, $1 to $16.
func record(t *tenant.Tenant, e Event) ([]any, error) {
	settings, err := Object(t.Settings)
	if err != nil {
		return nil, &tenant.InvalidError{Field: "settings", Value: err.Error(), Reason: "cannot be written as JSON"}
	}
	labels, err := Object(t.Labels)
	if err != nil {
		return nil, err
	}
	p := t.Placement
	return []any{
		t.ID.String(), t.Slug, t.Name, string(t.Status),
		string(p.Level), p.Server, p.Database, p.Schema, p.Role, p.Upstream, p.Epoch,
		settings, labels, Clean(e.Actor), Clean(e.Action), Clean(e.Detail),
	}, nil
}

const insertDomains = `INSERT INTO rowhouse.domains (tenant, host, is_primary, live)
SELECT t.id, d.host, d."primary", t.live
FROM rowhouse.tenants AS t, jsonb_to_recordset($2::text::jsonb) AS d(host text, "primary" boolean)
WHERE t.id = $1::text::uuid ORDER BY lower(d.host)`

// putDomains inserts t's domains in one order for everybody, so that two tenants
// that want the same two hosts do not lock each other out.
func putDomains(ctx context.Context, tx pgx.Tx, t *tenant.Tenant) error {
	if len(t.Domains) == 0 {
		return nil
	}
	domains, err := json.Marshal(t.Domains)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertDomains, t.ID.String(), string(domains))
	return err
}

// Clean makes any text storable: the log must not be what fails.
func Clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
