package migrate

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// apply runs a batch on a target that has so many ledger entries.
func (r *Runner) apply(ctx context.Context, conn *pgx.Conn, t *target, count int, b batch) error {
	b, err := r.rewritten(ctx, conn, t, b, false)
	switch {
	case err != nil:
		return err
	case r.c.Engine != nil:
		return r.change(ctx, t, count, b, false)
	case b[0].Go != nil:
		return r.applyGo(ctx, conn, t, count, b[0], false)
	case b[0].NoTx:
		return r.applyAlone(ctx, t, count, b[0], false)
	}
	return upMessage(t, count, b).run(ctx, conn)
}

// upMessage is a whole transaction in one message.
func upMessage(t *target, count int, b batch) *message {
	msg := &message{}
	msg.add(beginMigration)
	msg.body(t, count, b)
	msg.add("COMMIT")
	return msg
}

// body is what stands between BEGIN and COMMIT.
func (b *message) body(t *target, count int, ms batch) {
	b.enter(t, count)
	for _, m := range ms {
		b.statements(t, m, m.Up)
	}
	b.verify(t)
	b.add(addToLedger(t, ms))
}

// enter begins every change. The guard comes first, so that what makes a home is
// not done by two at once.
func (b *message) enter(t *target, count int) {
	if limits := t.limits.set(true); limits != "" {
		b.add(limits)
	}
	b.add(beginLedger(t, count))
	if count == 0 {
		b.plan(t.create...)
	}
	b.plan(t.enter)
}

// downMessage takes one migration back.
func downMessage(t *target, count int, m *Migration) *message {
	msg := &message{}
	msg.add(beginMigration)
	msg.enter(t, count)
	msg.statements(t, m, m.Down)
	msg.verify(t)
	msg.add(removeFromLedger(t, m))
	msg.add("COMMIT")
	return msg
}

// revert takes one migration back on a target that has so many ledger entries.
func (r *Runner) revert(ctx context.Context, conn *pgx.Conn, t *target, count int, m *Migration) error {
	b, err := r.rewritten(ctx, conn, t, batch{m}, true)
	if err != nil {
		return err
	}
	m = b[0]
	switch {
	case r.c.Engine != nil:
		return r.change(ctx, t, count, batch{m}, true)
	case m.Go != nil:
		return r.applyGo(ctx, conn, t, count, m, true)
	case m.NoTx:
		return r.applyAlone(ctx, t, count, m, true)
	}
	return downMessage(t, count, m).run(ctx, conn)
}
