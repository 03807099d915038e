package tenantpgx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// replans is how often a statement is sent again whose tables were changed under
// it. Each time what was remembered of it is forgotten, so once should do; other
// connections may hold older plans.
const replans = 3

// enter borrows a connection and runs first on it. Where entering itself failed,
// nothing was executed: the registry may be stale, so it is read anew and the
// statement sent again.
func enter[T any](ctx context.Context, db *DB, first func(home, pipe.Session) (T, error)) (T, error) {
	var none T
	h, err := db.locate.find(ctx)
	if err != nil {
		return none, err
	}
	var giveUp time.Time // from the first failure on: waiting for a lock is no failure
	for pause, tries := time.Millisecond, 0; ; pause, tries = min(2*pause, 50*time.Millisecond), tries+1 {
		result, err := once(ctx, db, h, first)
		if err == nil {
			return result, nil
		}
		var plan *pipe.StalePlanError
		if errors.As(err, &plan) && tries < replans {
			continue
		}
		if !stale(err) {
			return none, bypass(err)
		}
		db.pools.Forget(h.server, h.scope.Database)
		if giveUp.IsZero() {
			giveUp = time.Now().Add(db.patience)
		}
		fresh, moved, againErr := db.locate.again(ctx, h)
		if againErr != nil {
			return none, againErr
		}
		if !moved && (time.Now().After(giveUp) || h.id.IsZero()) {
			return none, fmt.Errorf("%w: tenant %s, %s: %w", tenant.ErrMoved, h.slug, h.place(), err)
		}
		if !moved && sleep(ctx, pause) != nil {
			return none, fmt.Errorf("%w: tenant %s: %w: %w", tenant.ErrMoved, h.slug, ctx.Err(), err)
		}
		if moved {
			giveUp = time.Time{}
		}
		h = fresh
	}
}

func once[T any](ctx context.Context, db *DB, h home, first func(home, pipe.Session) (T, error)) (T, error) {
	var none T
	conn, release, err := db.pools.Acquire(ctx, h.server, h.scope.Database)
	if err != nil {
		return none, fmt.Errorf("tenant %s: %w", h.slug, err)
	}
	returned := false
	defer func() {
		if !returned { // an argument panicked while it was encoded
			hangUp(conn)
			release()
		}
	}()
	result, err := first(h, pipe.Session{
		Conn: conn, Enter: &h.enter, Scope: h.scope,
		Unnamed: db.pools.Pooled(h.server), Types: db.types, Descriptions: db.descriptions, Done: release,
	})
	returned = true
	return result, err
}

// stale reports whether err says that the tenant is not at its placement, and that
// nothing was executed.
func stale(err error) bool {
	var state interface{ SQLState() string }
	if !errors.As(err, &state) {
		return false
	}
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		return unreachable(state.SQLState())
	}
	var entering *pipe.EnterError
	return errors.As(err, &entering) && notThere(state.SQLState())
}

// notThere: the schema does not exist (3F000), or the check that it may be used
// failed (22P02), or the fence of a database ended the session before it could enter
// (57P01).
func notThere(state string) bool { return state == "3F000" || state == "22P02" || state == "57P01" }

// unreachable: the database does not exist (3D000), or lets nobody in (55000), or the
// pooler says one of that in words of its own (08P01).
func unreachable(state string) bool { return state == "3D000" || state == "55000" || state == "08P01" }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
