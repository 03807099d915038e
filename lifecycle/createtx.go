package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// operable is a transaction of the pgx door, which hides its connection from
// applications.
type operable interface {
	Operate(pipe.Operator) *pgx.Conn
}

// CreateTx makes a tenant inside the application's own transaction on the main
// server: both happen, or neither. The tenant is served once tx commits. tx comes
// from the shared door or from a pool of the application; its search path is as
// before afterwards. After an error tx is as before, too, and can be used.
//
// Besides the errors of [Manager.Create]: [errors.ErrUnsupported] for a level or a
// migration that cannot run inside a transaction.
func (m *Manager) CreateTx(ctx context.Context, tx pgx.Tx, n New) (*tenant.Tenant, error) {
	t, err := m.newborn(n)
	if err != nil {
		return nil, fmt.Errorf("create tenant: %w", err)
	}
	if err := m.createTx(ctx, tx, t); err != nil {
		return nil, fmt.Errorf("create tenant %s: %w", n.Slug, err)
	}
	return t, nil
}

func (m *Manager) createTx(ctx context.Context, tx pgx.Tx, t *tenant.Tenant) error {
	if err := m.writable(); err != nil {
		return err
	}
	conn := tx.Conn()
	if o, ok := tx.(operable); ok {
		conn = o.Operate(pipe.Operator{})
	}
	if _, own := m.outside(t); own {
		return fmt.Errorf("a database cannot be made in a transaction: %w", errors.ErrUnsupported)
	}
	if conn == nil || t.Placement.Server != m.c.Main || m.c.Within == nil {
		return fmt.Errorf("in the application's transaction: %w", errors.ErrUnsupported)
	}
	// A savepoint: an application that goes on after a refusal must not commit a
	// home without a record.
	return pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		if err := m.c.Migrator.Admit(ctx, conn); err != nil {
			return err
		}
		version, err := m.c.Migrator.ApplyTx(ctx, conn, t)
		if err != nil {
			return err
		}
		t.Status, t.Version = tenant.Active, version
		return m.c.Within(tx).Create(ctx, t, m.event("create", "in a transaction"))
	})
}
