package isolationtest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// fault is what a saboteur's door does wrong.
type fault struct {
	// around a door that is right
	fallsBack     *tenant.Tenant // to this tenant, where the context names none
	repeats       bool           // writes are sent twice
	hidesTimeouts bool           // a cancelled statement succeeded, it seems
	oneForAll     bool           // the tenant is kept in a variable of the program

	// in a door made by hand
	cachesByText  bool // statements are remembered by their text alone
	entersOnce    bool // a connection is entered when it is first used
	reportsEarly  bool // success is reported before the commit
	commitsAlways bool // a transaction with an error commits the rest
	leavesRows    bool // rows that are not read to their end are not closed
}

// wrapped puts a fault around the plain door.
func wrapped(f fault) func(*testing.T, *isolationtest.PostgresStreet) isolationtest.Opener {
	return func(_ *testing.T, street *isolationtest.PostgresStreet) isolationtest.Opener {
		inner := street.Doors()[plainDoor]
		return func(t isolationtest.T, conns int) (isolationtest.Door, isolationtest.Connections) {
			door, behind := inner(t, conns)
			return wrapper{wrappedRunner{door, f, &atomic.Pointer[tenant.Tenant]{}}, door}, behind
		}
	}
}

func fallingBack(t *testing.T, street *isolationtest.PostgresStreet) isolationtest.Opener {
	home, err := street.Create(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	return wrapped(fault{fallsBack: home})(t, street)
}

type wrappedRunner struct {
	isolationtest.Runner
	fault
	current *atomic.Pointer[tenant.Tenant]
}

type wrapper struct {
	wrappedRunner
	door isolationtest.Door
}

func (w wrapper) Begin(ctx context.Context) (isolationtest.Tx, error) {
	return w.door.Begin(w.context(ctx))
}

func (r wrappedRunner) context(ctx context.Context) context.Context {
	t, err := tenant.FromContext(ctx)
	if err != nil {
		if r.fallsBack != nil {
			return tenant.NewContext(ctx, r.fallsBack)
		}
		return ctx
	}
	if r.oneForAll {
		r.current.Store(t)
		time.Sleep(time.Microsecond)
		return tenant.NewContext(ctx, r.current.Load())
	}
	return ctx
}

func (r wrappedRunner) seen(err error) error {
	if r.hidesTimeouts && errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

func (r wrappedRunner) Each(ctx context.Context, f func([]any) error, sql string, args ...any) error {
	return r.seen(r.Runner.Each(r.context(ctx), f, sql, args...))
}

func (r wrappedRunner) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if r.repeats {
		_, _ = r.Runner.Exec(r.context(ctx), sql, args...)
	}
	n, err := r.Runner.Exec(r.context(ctx), sql, args...)
	return n, r.seen(err)
}
