package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Events implements [registry.Store].
func (s *Store) Events(ctx context.Context, id tenant.ID, limit int) ([]registry.Event, error) {
	rows, err := s.db.QueryContext(ctx,
		"SELECT tenant, at, actor, action, detail FROM events WHERE tenant = ? ORDER BY id DESC LIMIT ?",
		id.String(), max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: events of %s: %w", id, err)
	}
	log, err := collect(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: events of %s: %w", id, err)
	}
	return log, nil
}

func scanEvent(r row) (e registry.Event, err error) {
	var at int64
	err = r.Scan(&e.Tenant, &at, &e.Actor, &e.Action, &e.Detail)
	e.At = time.UnixMicro(at).UTC()
	return e, err
}

// Record writes an event that changes nothing in the tenant's record.
func (s *Store) Record(ctx context.Context, e registry.Event) error {
	if err := s.change(ctx, func(tx *sql.Tx) error { return insertEvent(ctx, tx, e) }); err != nil {
		return fmt.Errorf("sqlitestore: record %s: %w", e.Action, err)
	}
	return nil
}

func insertEvent(ctx context.Context, tx *sql.Tx, e registry.Event) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO events (tenant, at, actor, action, detail) VALUES (?, ?, ?, ?, ?)",
		e.Tenant.String(), now().UnixMicro(), registry.Clean(e.Actor), registry.Clean(e.Action), registry.Clean(e.Detail))
	return err
}

// SetVersions implements [registry.Store].
func (s *Store) SetVersions(ctx context.Context, versions map[tenant.ID]int64) error {
	if len(versions) == 0 {
		return nil
	}
	err := s.change(ctx, func(tx *sql.Tx) error { return setVersions(ctx, tx, versions) })
	if err != nil {
		return fmt.Errorf("sqlitestore: set the versions of %d tenants: %w", len(versions), err)
	}
	return nil
}

func setVersions(ctx context.Context, tx *sql.Tx, versions map[tenant.ID]int64) error {
	if _, err := tx.ExecContext(ctx, tick); err != nil {
		return err
	}
	for id, version := range versions {
		_, err := tx.ExecContext(ctx, `UPDATE tenants SET version = ?2, changed_in = (SELECT ticks FROM clock)
WHERE id = ?1 AND version <> ?2`, id.String(), version)
		if err != nil {
			return err
		}
	}
	return nil
}
