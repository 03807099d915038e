package tenantpgx

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// AcrossTx is one transaction over several tenants of one database.
type AcrossTx struct {
	tx    *Tx
	homes map[tenant.ID]home
}

// Across runs f in one transaction over the given tenants, which must live in one
// database: otherwise the error is [errors.ErrUnsupported]. An error or a panic of
// f rolls back.
func (db *DB) Across(ctx context.Context, tenants []*tenant.Tenant, f func(*AcrossTx) error) error {
	homes, err := db.homes(ctx, tenants)
	if err != nil {
		return err
	}
	begun, err := db.Begin(tenant.NewContext(ctx, tenants[0]))
	if err != nil {
		return err
	}
	defer rollback(begun)
	across := &AcrossTx{tx: begun.(*Tx), homes: homes}
	for _, t := range tenants[1:] {
		// Entering takes each tenant's lock until the end.
		if _, err := across.In(t).Exec(ctx, "SELECT 1"); err != nil {
			return err
		}
	}
	if err := f(across); err != nil {
		return err
	}
	return begun.Commit(ctx)
}

func (db *DB) homes(ctx context.Context, tenants []*tenant.Tenant) (map[tenant.ID]home, error) {
	if len(tenants) == 0 {
		return nil, tenant.ErrMissing
	}
	homes := make(map[tenant.ID]home, len(tenants))
	var first home
	for i, t := range tenants {
		h, err := db.locate.find(tenant.NewContext(ctx, t))
		if err != nil {
			return nil, err
		}
		if i == 0 {
			first = h
		}
		if h.server != first.server || h.scope.Database != first.scope.Database {
			return nil, fmt.Errorf("across %s and %s: they live in different databases: %w", first.slug, h.slug, errors.ErrUnsupported)
		}
		homes[t.ID] = h
	}
	return homes, nil
}

// In returns the transaction as seen by one of its tenants. The context's tenant
// does not matter there: t is named in the code.
func (a *AcrossTx) In(t *tenant.Tenant) InTx {
	h, ok := a.homes[t.ID]
	return InTx{tx: a.tx, home: h, ok: ok, slug: t.Slug}
}

// InTx runs statements for one tenant of an [AcrossTx].
type InTx struct {
	tx   *Tx
	home home
	ok   bool
	slug string
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
	session := i.tx.core.session
	session.Enter, session.Scope = &i.home.enter, i.home.scope
	return session.Query(ctx, statement)
}
