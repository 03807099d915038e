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
	giveUp := time.Now().Add(db.patience)
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
			return none, err
		}
		fresh, moved, againErr := db.locate.again(ctx, h)
		if againErr != nil {
			return none, againErr
		}
		if !moved && (time.Now().After(giveUp) || h.id.IsZero()) {
			return none, fmt.Errorf("%w: tenant %s, schema %s: %w", tenant.ErrMoved, h.slug, h.scope.Schema, err)
		}
		if !moved && sleep(ctx, pause) != nil {
			return none, fmt.Errorf("%w: tenant %s: %w: %w", tenant.ErrMoved, h.slug, ctx.Err(), err)
		}
		h = fresh
	}
}

func once[T any](ctx context.Context, db *DB, h home, first func(home, pipe.Session) (T, error)) (T, error) {
	var none T
	pool, err := db.pools.Pool(h.server)
	if err != nil {
		return none, err
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return none, fmt.Errorf("tenant %s: %w", h.slug, err)
	}
	returned := false
	defer func() {
		if !returned { // an argument panicked while it was encoded
			hangUp(conn.Conn())
			conn.Release()
		}
	}()
	result, err := first(h, pipe.Session{
		Conn: conn.Conn(), Enter: &h.enter, Scope: h.scope,
		Unnamed: db.pools.Pooled(h.server), Types: db.types, Descriptions: db.descriptions, Done: conn.Release,
	})
	returned = true
	return result, err
}

// stale reports whether err says that the tenant is not at its placement: the
// schema does not exist (3F000), or the check that it may be used failed (22P02).
func stale(err error) bool {
	var entering *pipe.EnterError
	var pg *pgconn.PgError
	if !errors.As(err, &entering) || !errors.As(err, &pg) {
		return false
	}
	return pg.Code == "3F000" || pg.Code == "22P02"
}

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
