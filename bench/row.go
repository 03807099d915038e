package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const (
	// byPolicy leaves the tenant to the policy, byHand asks a table without policies
	// for it.
	byPolicy = "SELECT id, email, name FROM users WHERE id = $1"
	byHand   = "SELECT id, email, name FROM pooled.users_open WHERE id = $1 AND tenant_id = $2"
)

// rows compares keyed reads of shared tables whose policies find the tenant's row with
// the same reads of a twin table without policies, where the statement names the tenant.
//
// The promise is about the first line, the price of policies and keys: both sides go
// through the door, and enter in the same way. The others say what there is besides.
// In the second the setting that a policy reads is all that a plain pool sends before
// the statement, in the third it is the door's whole entering; the other side is a
// plain pool that sends the statement alone.
func rows(ctx context.Context, w *world) (err error) {
	c, err := newCommons(ctx, w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.leave(context.WithoutCancel(ctx))) }()
	door := c.each(func(ctx context.Context, _ *tenant.Tenant, id int64) error {
		return found(c.door.QueryRow(ctx, byPolicy, id))
	})
	doorByHand := c.each(func(ctx context.Context, t *tenant.Tenant, id int64) error {
		return found(c.door.QueryRow(ctx, byHand, id, [16]byte(t.ID)))
	})
	setting := c.each(func(ctx context.Context, t *tenant.Tenant, id int64) error {
		return withSetting(ctx, c.plain, t, id)
	})
	plain := c.each(func(ctx context.Context, t *tenant.Tenant, id int64) error {
		return found(c.plain.QueryRow(ctx, byHand, id, [16]byte(t.ID)))
	})
	for _, pair := range []struct {
		what, promise string
		ours, theirs  side
	}{
		{"policy, WHERE tenant_id", "CPU 1.12", door, doorByHand},
		{"setting and policy, WHERE alone", "none", setting, plain},
		{"door and policy, WHERE alone", "none", door, plain},
	} {
		if err := c.compare(ctx, pair.what, pair.promise, pair.ours, pair.theirs); err != nil {
			return err
		}
	}
	return nil
}

func found(r pgx.Row) error {
	var (
		id          int64
		email, name string
	)
	return r.Scan(&id, &email, &name)
}

// each goes from tenant to tenant, and from row to row.
func (c *commons) each(f func(context.Context, *tenant.Tenant, int64) error) side {
	n := 0
	return func(ctx context.Context) error {
		n++
		t := c.tenants[n%len(c.tenants)]
		return f(tenant.NewContext(ctx, t), t, int64(1+(n*7)%rowsEach))
	}
}

// withSetting sends the setting and the statement, both prepared, as one message.
func withSetting(ctx context.Context, pool *pgxpool.Pool, t *tenant.Tenant, id int64) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	pg := conn.Conn().PgConn()
	prepared, ok := pg.CustomData()[byPolicy].([2]*pgconn.StatementDescription)
	if !ok {
		if prepared, err = prepare(ctx, pg); err != nil {
			return err
		}
		pg.CustomData()[byPolicy] = prepared
	}
	p := pg.StartPipeline(ctx)
	p.SendQueryStatement(prepared[0], [][]byte{[]byte(t.ID.String())}, nil, nil)
	p.SendQueryStatement(prepared[1], [][]byte{binary.BigEndian.AppendUint64(nil, uint64(id))}, []int16{1}, []int16{1, 0, 0})
	return errors.Join(p.Sync(), oneRow(p), oneRow(p), p.Close())
}

func prepare(ctx context.Context, pg *pgconn.PgConn) (both [2]*pgconn.StatementDescription, err error) {
	if both[0], err = pg.Prepare(ctx, "setting", "SELECT set_config('"+row.Setting+"', $1, true)", nil); err != nil {
		return both, err
	}
	both[1], err = pg.Prepare(ctx, "keyed", byPolicy, nil)
	return both, err
}

func oneRow(p *pgconn.Pipeline) error {
	result, err := p.GetResults()
	if err != nil {
		return err
	}
	reader, ok := result.(*pgconn.ResultReader)
	if !ok || !reader.NextRow() {
		return fmt.Errorf("no row: %T", result)
	}
	_, err = reader.Close()
	return err
}
