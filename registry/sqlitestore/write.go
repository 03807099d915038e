package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const create = `INSERT INTO tenants (id, slug, name, status, level, server, database, schema, role, upstream, epoch,
 settings, labels, version, revision, created_at, updated_at, changed_in)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 1, ?15, ?15, (SELECT ticks FROM clock))`

// Create implements [registry.Store]. What another tenant holds is a
// [*registry.TakenError].
func (s *Store) Create(ctx context.Context, t *tenant.Tenant, e registry.Event) error {
	made := *t
	made.Revision, made.CreatedAt = 1, now()
	made.UpdatedAt = made.CreatedAt
	err := s.put(ctx, &made, e, func(tx *sql.Tx, args []any) error {
		id := made.ID.String()
		if err := vacant(ctx, tx, "id", id, "SELECT 1 FROM tenants WHERE id = ?", id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, create, append(args, made.Version, made.CreatedAt.UnixMicro())...)
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlitestore: create %s: %w", t.Slug, err)
	}
	*t = made
	return nil
}

const update = `UPDATE tenants SET slug = ?2, name = ?3, status = ?4, level = ?5, server = ?6, database = ?7,
 schema = ?8, role = ?9, upstream = ?10, epoch = ?11, settings = ?12, labels = ?13,
 revision = revision + 1, updated_at = max(updated_at, ?15), changed_in = (SELECT ticks FROM clock)
WHERE id = ?1 AND revision = ?14 RETURNING version, revision, updated_at`

// Update implements [registry.Store]. What another tenant holds is a
// [*registry.TakenError].
func (s *Store) Update(ctx context.Context, t *tenant.Tenant, e registry.Event) error {
	changed := *t
	err := s.put(ctx, &changed, e, func(tx *sql.Tx, args []any) error {
		var at int64
		row := tx.QueryRowContext(ctx, update, append(args, t.Revision, now().UnixMicro())...)
		err := row.Scan(&changed.Version, &changed.Revision, &at)
		changed.UpdatedAt = time.UnixMicro(at).UTC()
		if errors.Is(err, sql.ErrNoRows) {
			return missed(ctx, tx, t.ID)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlitestore: update %s: %w", t.Slug, err)
	}
	*t = changed
	return nil
}

// put writes a record with write, its domains and its event, in one transaction.
func (s *Store) put(ctx context.Context, t *tenant.Tenant, e registry.Event, write func(*sql.Tx, []any) error) error {
	if err := registry.Check(t); err != nil {
		return err
	}
	args, err := record(t)
	if err != nil {
		return err
	}
	e.Tenant = t.ID
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := free(ctx, tx, t); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, tick); err != nil {
			return err
		}
		if err := write(tx, args); err != nil {
			return err
		}
		return errors.Join(putDomains(ctx, tx, t), insertEvent(ctx, tx, e))
	})
}

// record returns the parameters that create and update have in common, ?1 to ?13.
func record(t *tenant.Tenant) ([]any, error) {
	settings, err := registry.Object(t.Settings)
	if err != nil {
		return nil, &tenant.InvalidError{Field: "settings", Value: err.Error(), Reason: "cannot be written as JSON"}
	}
	labels, err := registry.Object(t.Labels)
	if err != nil {
		return nil, err
	}
	p := t.Placement
	return []any{
		t.ID.String(), t.Slug, t.Name, string(t.Status),
		string(p.Level), p.Server, p.Database, p.Schema, p.Role, p.Upstream, p.Epoch, settings, labels,
	}, nil
}

// putDomains replaces a tenant's domains.
func putDomains(ctx context.Context, tx *sql.Tx, t *tenant.Tenant) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM domains WHERE tenant = ?", t.ID.String()); err != nil {
		return err
	}
	for _, d := range t.Domains {
		_, err := tx.ExecContext(ctx, "INSERT INTO domains (tenant, host, is_primary, live) VALUES (?, ?, ?, ?)",
			t.ID.String(), d.Host, d.Primary, t.Status.Live())
		if err != nil {
			return err
		}
	}
	return nil
}
