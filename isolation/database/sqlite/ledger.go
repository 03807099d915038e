package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// rollouts is kept in the shared file.
func rollouts() []isolation.Statement {
	return []isolation.Statement{{SQL: `CREATE TABLE IF NOT EXISTS rowhouse_rollouts (
	head  INTEGER NOT NULL,
	files INTEGER NOT NULL,
	PRIMARY KEY (head, files)
) STRICT`}}
}

// where returns the file that has a target's ledger: a tenant's, or for nil the shared
// one.
func (h *Homes) where(t *tenant.Tenant) (string, error) {
	if t == nil {
		return h.sharedFile(), nil
	}
	return h.file(t.ID, t.Placement)
}

// Entries implements [isolation.Ledgers].
func (h *Homes) Entries(ctx context.Context, t *tenant.Tenant) (entries []isolation.Entry, err error) {
	file, err := h.where(t)
	if err != nil {
		return nil, err
	}
	f, err := h.pool.acquire(ctx, file)
	if missing(err) {
		return nil, fmt.Errorf("%w: %w", tenant.ErrMoved, err)
	}
	if err != nil {
		return nil, fmt.Errorf("sqlite: read the ledger: %w", err)
	}
	defer func() { h.pool.release(f, err == nil) }()
	rows, err := f.rows(ctx, "SELECT version, checksum FROM rowhouse_ledger ORDER BY version")
	if err != nil {
		return nil, fmt.Errorf("sqlite: read the ledger: %w", err)
	}
	for _, row := range rows {
		entries = append(entries, isolation.Entry{Version: row[0].(int64), Checksum: row[1].(string)})
	}
	return entries, nil
}

// Change implements [isolation.Ledgers]: all of it is one transaction, on a connection
// of its own that does not follow references. They are checked at the end: [ErrDangling].
func (h *Homes) Change(ctx context.Context, t *tenant.Tenant, c isolation.Change) error {
	file, err := h.where(t)
	if err != nil {
		return err
	}
	err = h.alone(ctx, file, func(f *handle) error {
		if err := f.guarded(ctx, t, c); err != nil {
			return err
		}
		if err := f.steps(ctx, c); err != nil {
			return err
		}
		return f.whole(ctx)
	})
	if missing(err) {
		return fmt.Errorf("%w: %w", tenant.ErrMoved, err)
	}
	return err
}

// guarded begins a change: the tenant is still here, and its ledger is what the change
// was planned from. A tenant that is read only, or is being made anew, is changed as well.
func (h *handle) guarded(ctx context.Context, t *tenant.Tenant, c isolation.Change) error {
	if t != nil {
		_, err := h.row(ctx, "SELECT 1 FROM rowhouse_home WHERE tenant = $1 AND epoch = $2", t.ID.String(), epoch(t.Placement))
		if errors.Is(err, io.EOF) {
			return tenant.ErrMoved
		}
		if err != nil {
			return err
		}
	}
	row, err := h.row(ctx, "SELECT count(*) FROM rowhouse_ledger")
	if err == nil && row[0] != int64(c.Applied) {
		err = isolation.ErrLedgerMoved
	}
	return err
}

func (h *handle) steps(ctx context.Context, c isolation.Change) error {
	gone := dropped{}
	for n, step := range c.Steps {
		began := time.Now()
		for i, sql := range step.SQL {
			if err := h.step(ctx, sql, gone); err != nil {
				return &isolation.StatementError{Step: n, Statement: i, Err: err}
			}
		}
		if err := h.enterInLedger(ctx, step, time.Since(began)); err != nil {
			return err
		}
	}
	return nil
}

// step runs a statement of a migration under the guard.
func (h *handle) step(ctx context.Context, sql string, gone dropped) error {
	sql, err := adapt(sql)
	if err != nil {
		return err
	}
	err = h.watched(ctx, sql)
	// Views and triggers that have lost a table stop SQLite from renaming another to
	// its name, but for this setting.
	if err != nil && gone.replaces(sql) {
		err = errors.Join(h.exec(ctx, "PRAGMA legacy_alter_table = 1"), h.watched(ctx, sql),
			h.exec(ctx, "PRAGMA legacy_alter_table = 0"))
	}
	if err != nil {
		return err
	}
	gone.note(sql)
	return h.names(ctx)
}

func (h *handle) watched(ctx context.Context, sql string) error {
	h.guard.on = true
	err := h.exec(ctx, sql)
	h.guard.on = false
	return h.explain(err)
}

func (h *handle) enterInLedger(ctx context.Context, s isolation.Step, took time.Duration) error {
	if s.Back {
		return h.exec(ctx, "DELETE FROM rowhouse_ledger WHERE version = $1", fmt.Sprint(s.Version))
	}
	return h.exec(ctx, "INSERT INTO rowhouse_ledger (version, name, checksum, duration_ms) VALUES ($1, $2, $3, $4)",
		fmt.Sprint(s.Version), s.Name, s.Checksum, fmt.Sprint(took.Milliseconds()))
}

// Rollouts implements [isolation.Rollouts].
func (h *Homes) Rollouts(ctx context.Context) (all []isolation.Rollout, err error) {
	err = h.inFile(ctx, h.sharedFile(), func(f *handle) error {
		rows, err := f.rows(ctx, "SELECT head, files FROM rowhouse_rollouts")
		for _, row := range rows {
			all = append(all, isolation.Rollout{Head: row[0].(int64), Files: int(row[1].(int64))})
		}
		return err
	})
	return all, err
}

// AddRollout implements [isolation.Rollouts].
func (h *Homes) AddRollout(ctx context.Context, r isolation.Rollout) error {
	return h.inFile(ctx, h.sharedFile(), func(f *handle) error {
		return f.exec(ctx, "INSERT INTO rowhouse_rollouts (head, files) VALUES ($1, $2) ON CONFLICT DO NOTHING",
			fmt.Sprint(r.Head), fmt.Sprint(r.Files))
	})
}

// ForgetRollouts implements [isolation.Rollouts].
func (h *Homes) ForgetRollouts(ctx context.Context, head int64) error {
	return h.inFile(ctx, h.sharedFile(), func(f *handle) error {
		return f.exec(ctx, "DELETE FROM rowhouse_rollouts WHERE head >= $1", fmt.Sprint(head))
	})
}
