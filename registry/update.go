package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// update lets go of all domains; putDomains takes them back. The index that
// allows one primary domain looks at every row as it comes, so the old primary
// must be gone before the new one arrives. Nobody can slip in between: who wants
// a host waits for this transaction.
const update = `WITH t AS (
 UPDATE rowhouse.tenants SET slug = $2::text, name = $3::text, status = $4::text, level = $5::text, server = $6::text,
  database = $7::text, schema = $8::text, role = $9::text, upstream = $10::text, epoch = $11::bigint,
  settings = $12::text::jsonb, labels = $13::text::jsonb,
  revision = revision + 1, updated_at = clock_timestamp(), changed_in = pg_current_xact_id()
 WHERE id = $1::text::uuid AND revision = $17::bigint
 RETURNING id, version, revision, updated_at
), d AS (
 DELETE FROM rowhouse.domains USING t WHERE tenant = t.id
), e AS (
 INSERT INTO rowhouse.events (tenant, actor, action, detail) SELECT id, $14::text, $15::text, $16::text FROM t
)
SELECT version, revision, updated_at, pg_notify('` + Channel + `', id::text)::text FROM t`

// Update implements [Store]. What another tenant holds is a [*TakenError].
func (p *Postgres) Update(ctx context.Context, t *tenant.Tenant, e Event) error {
	if err := p.update(ctx, t, e); err != nil {
		return fmt.Errorf("registry: update %s: %w", t.Slug, err)
	}
	return nil
}

func (p *Postgres) update(ctx context.Context, t *tenant.Tenant, e Event) error {
	if err := Check(t); err != nil {
		return err
	}
	args, err := record(t, e)
	if err != nil {
		return err
	}
	changed := *t
	err = pgx.BeginFunc(ctx, p.db, func(tx pgx.Tx) error {
		row := tx.QueryRow(ctx, update, append(args, t.Revision)...)
		if err := row.Scan(&changed.Version, &changed.Revision, &changed.UpdatedAt, new(string)); err != nil {
			return err
		}
		return putDomains(ctx, tx, t)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return p.missed(ctx, t.ID)
	}
	if err != nil {
		return p.taken(ctx, t, err)
	}
	*t = changed
	return nil
}

// missed says why an update found no row of its revision.
func (p *Postgres) missed(ctx context.Context, id tenant.ID) error {
	var found bool
	err := p.db.QueryRow(ctx,
		"SELECT EXISTS (SELECT FROM rowhouse.tenants WHERE id = $1::text::uuid)", id.String()).Scan(&found)
	switch {
	case err != nil:
		return err
	case found:
		return tenant.ErrConflict
	}
	return tenant.ErrNotFound
}
