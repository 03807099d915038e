package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrGate: tenants were being made all the time, so that a run could not record its
// rollout, or a rollout was being recorded all the time. Try again.
var ErrGate = errors.New("tenants are being made, or a rollout is being recorded, all the time: try again")

// gatePatience is how long the gate is waited for.
const gatePatience = 30 * time.Second

// gate is an advisory lock of the main server. Who makes a tenant holds it shared
// from [Runner.Admit] until the tenant can be listed; who records a rollout holds it
// alone while it looks at the fleet a last time. So no tenant is born behind.
func gate() int64 { return lockOf("gate of the fleet") }

// enterGate takes the gate shared: for the transaction that is open on conn, or
// else until conn is closed. It asks again and again, as a statement that waits
// would keep a snapshot.
func enterGate(ctx context.Context, conn *pgx.Conn) error {
	try := "SELECT pg_try_advisory_lock_shared($1)"
	if conn.PgConn().TxStatus() != 'I' {
		try = "SELECT pg_try_advisory_xact_lock_shared($1)"
	}
	wait, deadline := patience{}, time.Now().Add(gatePatience)
	for {
		var in bool
		err := conn.QueryRow(ctx, try, pgx.QueryExecModeExec, gate()).Scan(&in)
		switch {
		case err != nil:
			return fmt.Errorf("migrate: enter the fleet's gate: %w", err)
		case in:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("migrate: %w", ErrGate)
		}
		if err := wait.some(ctx); err != nil {
			return err
		}
	}
}

// shutGate takes the gate alone until open is called, on a connection where the data
// are in PostgreSQL. It waits in line, so that a stream of sign-ups cannot keep it out, but never for long: a
// CREATE INDEX CONCURRENTLY of one of them may be waiting for its snapshot.
func (r *Runner) shutGate(ctx context.Context) (conn *pgx.Conn, open func(), err error) {
	if r.c.Engine != nil {
		open, err = r.c.Engine.Gate(ctx, true)
		return nil, open, err
	}
	if conn, err = r.connect(ctx, home{server: r.c.Main}); err != nil {
		return nil, nil, err
	}
	if err := waitAtGate(ctx, conn); err != nil {
		r.close(conn)
		return nil, nil, err
	}
	return conn, func() { r.close(conn) }, nil
}

func waitAtGate(ctx context.Context, conn *pgx.Conn) error {
	wait, deadline := patience{}, time.Now().Add(gatePatience)
	for limit := 300 * time.Millisecond; ; limit = min(2*limit, 5*time.Second) {
		_, err := execAll(ctx, conn.PgConn(), fmt.Sprintf(
			"SET lock_timeout = %d; SELECT pg_advisory_lock(%d); SET lock_timeout = 0", limit.Milliseconds(), gate()))
		state := sqlState(err)
		switch {
		case err == nil:
			return nil
		case state != stateNoLock && state != stateDeadlock:
			return fmt.Errorf("migrate: shut the fleet's gate: %w", err)
		case time.Now().After(deadline):
			return fmt.Errorf("migrate: %w", ErrGate)
		}
		if err := wait.longer(ctx); err != nil {
			return err
		}
	}
}
