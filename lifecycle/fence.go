package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ErrBusy: a lock could not be had in time, because transactions stay open: the
// tenant's own, or some that use what its tables refer to. End them and run the
// operation again.
var ErrBusy = errors.New("tenant is busy: a transaction stays open")

// lockTimeout bounds how long others wait behind us at one attempt: new statements
// queue after an exclusive request.
const lockTimeout = 300 * time.Millisecond

// fenced runs statements in one transaction while nobody is inside the tenant.
// Long transactions make it let go and try again, so that nobody's statements are
// held for longer than lockTimeout.
func (m *Manager) fenced(ctx context.Context, conn *pgx.Conn, id tenant.ID, statements ...isolation.Statement) error {
	script := slices.Concat(alone(id), statements, []isolation.Statement{{SQL: "COMMIT"}})
	return m.again(ctx, conn, func() error { return run(ctx, conn, script...) })
}

// alone begins a transaction while which nobody is inside the tenant.
func alone(id tenant.ID) []isolation.Statement {
	return []isolation.Statement{
		{SQL: "BEGIN"},
		{SQL: fmt.Sprintf("SET LOCAL lock_timeout = %d", lockTimeout.Milliseconds())},
		isolation.Lock(id),
	}
}

// again calls attempt until it gets its locks, and rolls back in between.
func (m *Manager) again(ctx context.Context, conn *pgx.Conn, attempt func() error) error {
	deadline := time.Now().Add(m.c.Patience)
	for {
		err := attempt()
		if err == nil {
			return nil
		}
		if _, back := conn.Exec(ctx, "ROLLBACK"); back != nil {
			return errors.Join(err, back)
		}
		switch {
		case !timedOut(err):
			return err
		case time.Now().After(deadline):
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
		if err := pause(ctx, lockTimeout/2+rand.N(lockTimeout)); err != nil {
			return err
		}
	}
}

// run executes statements as one message, which is one transaction.
func run(ctx context.Context, conn *pgx.Conn, statements ...isolation.Statement) error {
	_, err := conn.PgConn().Exec(ctx, isolation.Script(statements...)).ReadAll()
	return err
}

// timedOut reports SQLSTATE 55P03, lock_not_available, and 40P01, a deadlock with
// somebody who wants the same shared tables.
func timedOut(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "55P03" || pg.Code == "40P01")
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
