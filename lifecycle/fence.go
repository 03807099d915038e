package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ErrBusy: the tenant's lock could not be had in time, because transactions of
// the tenant stay open.
var ErrBusy = errors.New("tenant is busy: a transaction of it stays open")

const (
	// lockTimeout bounds how long entering waits behind us at one attempt: new
	// statements queue after an exclusive request.
	lockTimeout = 300 * time.Millisecond
	// fencePatience bounds all attempts together.
	fencePatience = 30 * time.Second
)

// fenced runs statements in one transaction while nobody is inside the tenant.
// Long transactions make it let go and try again, so that the tenant's other
// statements are never held for longer than lockTimeout.
func fenced(ctx context.Context, conn *pgx.Conn, id tenant.ID, statements ...isolation.Statement) error {
	script := append([]isolation.Statement{
		{SQL: "BEGIN"},
		{SQL: fmt.Sprintf("SET LOCAL lock_timeout = %d", lockTimeout.Milliseconds())},
		isolation.Lock(id),
	}, statements...)
	script = append(script, isolation.Statement{SQL: "COMMIT"})
	deadline := time.Now().Add(fencePatience)
	for {
		err := run(ctx, conn, script...)
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
		time.Sleep(lockTimeout/2 + rand.N(lockTimeout))
	}
}

// timedOut reports SQLSTATE 55P03, lock_not_available.
func timedOut(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "55P03"
}
