package tenantpgx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// AcrossTx is one transaction over several tenants of one database.
type AcrossTx struct {
	tx    *Tx
	homes map[tenant.ID]home
	last  tenant.ID // whose statement was the last one; zero: nobody's
}

// Across runs f in one transaction over the given tenants, which must live in one
// database: otherwise the error is [errors.ErrUnsupported]. An error or a panic of
// f rolls back. Where one of them is read-only, nothing can be written. What is
// deferred is checked, and deferred triggers fire, before the next tenant's turn.
func (db *DB) Across(ctx context.Context, tenants []*tenant.Tenant, f func(*AcrossTx) error) error {
	across, err := db.across(ctx, tenants)
	if err != nil {
		return err
	}
	defer rollback(across.tx)
	if err := f(across); err != nil {
		return err
	}
	return across.tx.Commit(ctx)
}

// across enters all of the tenants. Where the registry is stale about one of them,
// nothing was executed: all are read anew.
func (db *DB) across(ctx context.Context, tenants []*tenant.Tenant) (*AcrossTx, error) {
	var giveUp time.Time // from the first failure on
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		homes, err := db.homes(ctx, tenants)
		if err != nil {
			return nil, err
		}
		across, err := db.enterAll(ctx, homes)
		if !stale(err) {
			return across, bypass(err)
		}
		if giveUp.IsZero() {
			giveUp = time.Now().Add(db.patience)
		}
		if time.Now().After(giveUp) {
			return nil, fmt.Errorf("%w: across tenants: %w", tenant.ErrMoved, err)
		}
		for _, h := range homes {
			if _, _, err := db.locate.again(ctx, h); err != nil {
				return nil, err
			}
		}
		if sleep(ctx, pause) != nil {
			return nil, fmt.Errorf("%w: across tenants: %w: %w", tenant.ErrMoved, ctx.Err(), err)
		}
	}
}

// enterAll opens the transaction in the first home and enters the others, which
// takes each tenant's lock until the end.
func (db *DB) enterAll(ctx context.Context, homes []home) (*AcrossTx, error) {
	tx, err := once(ctx, db, homes[0], func(h home, s pipe.Session) (*Tx, error) {
		return begin(ctx, h, s, "BEGIN")
	})
	if err != nil {
		return nil, err
	}
	across := &AcrossTx{tx: tx, homes: map[tenant.ID]home{}}
	for _, h := range homes {
		across.homes[h.id] = h
		if _, err := (InTx{tx: tx, home: h, ok: true}).Exec(ctx, "SELECT 1"); err != nil {
			rollback(tx)
			return nil, err
		}
	}
	return across, nil
}

func (db *DB) homes(ctx context.Context, tenants []*tenant.Tenant) ([]home, error) {
	homes := make([]home, 0, len(tenants))
	for _, t := range tenants {
		h, err := db.locate.find(tenant.NewContext(ctx, t))
		if err != nil {
			return nil, err
		}
		homes = append(homes, h)
		if first := homes[0]; h.server != first.server || h.scope.Database != first.scope.Database {
			return nil, fmt.Errorf("across %s and %s: they live in different databases: %w", first.slug, h.slug, errors.ErrUnsupported)
		}
	}
	if len(homes) == 0 {
		return nil, tenant.ErrMissing
	}
	return homes, nil
}

// In returns the transaction as seen by one of its tenants. The context's tenant
// does not matter there: t is named in the code.
func (a *AcrossTx) In(t *tenant.Tenant) InTx {
	if t == nil {
		t = &tenant.Tenant{}
	}
	h, ok := a.homes[t.ID]
	return InTx{tx: a.tx, across: a, home: h, ok: ok, slug: t.Slug}
}

// InTx runs statements for one tenant of an [AcrossTx].
type InTx struct {
	tx     *Tx
	across *AcrossTx // nil while the tenants are entered for the first time
	home   home
	ok     bool
	slug   string
}

// Query runs a statement and returns its rows; read them before the next one.
func (i InTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := i.query(ctx, sql, args)
	if err != nil {
		return pipe.ErrRows(err), err
	}
	return rows, nil
}

// QueryRow runs a statement; its error comes from Scan.
func (i InTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := i.query(ctx, sql, args)
	return pipe.RowOf(rows, err)
}

// Exec runs a statement and returns its tag.
func (i InTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	rows, err := i.query(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

func (i InTx) query(ctx context.Context, sql string, args []any) (*pipe.Rows, error) {
	switch {
	case !i.ok:
		return nil, fmt.Errorf("tenant %s is not one of this transaction: %w", i.slug, tenant.ErrMismatch)
	case i.tx.closed:
		return nil, pgx.ErrTxClosed
	}
	statement, err := parse(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	if err := i.leave(ctx); err != nil {
		return nil, err
	}
	session := i.tx.core.session
	session.Enter, session.Scope = &i.home.enter, i.home.scope
	return session.Query(ctx, statement)
}
