package tenantpgx

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
)

// Begin starts a transaction for the tenant in ctx.
func (db *DB) Begin(ctx context.Context) (pgx.Tx, error) {
	return db.BeginTx(ctx, pgx.TxOptions{})
}

// BeginTx starts a transaction with options for the tenant in ctx. BEGIN and the
// entering statement are one round trip. [pgx.TxOptions.BeginQuery] and
// CommitQuery are refused with [ErrRefused].
func (db *DB) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	if options.BeginQuery != "" || options.CommitQuery != "" {
		return nil, refuse("BeginQuery and CommitQuery", "use the other fields of pgx.TxOptions")
	}
	tx, err := enter(ctx, db, func(h home, s pipe.Session) (*Tx, error) {
		return begin(ctx, h, s, beginSQL(options))
	})
	if err != nil {
		return nil, err
	}
	return tx, nil
}

// begin opens the transaction and enters in one message. Where entering fails, the
// transaction is rolled back before the connection goes back.
func begin(ctx context.Context, h home, s pipe.Session, sql string) (*Tx, error) {
	run := pipe.Begin(ctx, s.Conn, true, func() {})
	run.Send(sql, nil)
	s.SendEnter(run)
	tx := &Tx{core: &core{session: s, release: s.Done, inserts: h.inserts}, id: h.id}
	tx.core.session.Enter, tx.core.session.InTx, tx.core.session.Done = nil, true, func() {}
	if err := opened(run); err != nil {
		rollback(tx)
		return nil, err
	}
	return tx, nil
}

func opened(run *pipe.Run) error {
	if err := run.Sync(false); err != nil {
		return err
	}
	for range 2 { // BEGIN, where a session that was ended is noticed, and entering
		if err := run.Discard(); err != nil {
			return &pipe.EnterError{Err: err}
		}
	}
	return run.Finish()
}

func beginSQL(o pgx.TxOptions) string {
	words := []string{"BEGIN"}
	if o.IsoLevel != "" {
		words = append(words, "ISOLATION LEVEL", string(o.IsoLevel))
	}
	if o.AccessMode != "" {
		words = append(words, string(o.AccessMode))
	}
	if o.DeferrableMode != "" {
		words = append(words, string(o.DeferrableMode))
	}
	return strings.Join(words, " ")
}
