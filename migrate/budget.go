package migrate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// LockBudgetError is an atomic run that would take more locks than the server's
// lock table is made for. Nothing was changed.
type LockBudgetError struct {
	Need    int // locks of this run, estimated from its first tenant
	Room    int // max_locks_per_transaction × (max_connections + max_prepared_transactions), less what others hold
	Setting int // the max_locks_per_transaction that would do
}

func (e *LockBudgetError) Error() string {
	return fmt.Sprintf("one transaction would take about %d locks and the server has room for %d: "+
		"set max_locks_per_transaction = %d and restart the server, choose fewer tenants, or run without --atomic",
		e.Need, e.Room, e.Setting)
}

// locksHeld counts the locks that this connection holds.
func locksHeld(ctx context.Context, conn *pgx.Conn) (n int, err error) {
	err = conn.QueryRow(ctx, "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()", pgx.QueryExecModeExec).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the locks: %w", err)
	}
	return n, nil
}

const budgetQuery = `SELECT
 (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()),
 (SELECT count(*) FROM pg_locks WHERE pid IS DISTINCT FROM pg_backend_pid() AND NOT fastpath),
 current_setting('max_locks_per_transaction')::int,
 current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int`

// lockBudget estimates what the targets that are left will take from what one took
// since before, and refuses to go on where the lock table might run full: that
// would end other people's transactions too.
func lockBudget(ctx context.Context, conn *pgx.Conn, before, left int) error {
	var held, others, each, times int
	err := conn.QueryRow(ctx, budgetQuery, pgx.QueryExecModeExec).Scan(&held, &others, &each, &times)
	if err != nil {
		return fmt.Errorf("read the lock budget: %w", err)
	}
	need := held + (held-before)*left
	if need+others <= each*times {
		return nil
	}
	const margin = 1.1 // tenants differ, and others work meanwhile
	return &LockBudgetError{Need: need, Room: each*times - others, Setting: int(float64(need+others)*margin)/times + 1}
}
