package registry

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Invalidator is told of changes. A [*Cache] is one.
type Invalidator interface {
	Invalidate(id tenant.ID)
	InvalidateAll()
}

// Changer lists the tenants that changed since a mark. A [*Postgres] is one.
type Changer interface {
	Changes(ctx context.Context, since int64) (changed []Change, next int64, err error)
}

// Watcher tells of changes that any program makes in the registry. It listens to
// notifications, and asks for changes where it cannot: behind a transaction
// pooler, or while the direct connection is down.
type Watcher struct {
	// Connect opens a direct connection for LISTEN. nil: only ask.
	Connect func(ctx context.Context) (*pgx.Conn, error)
	// Changes is asked where listening is not possible.
	Changes Changer
	// Every is how often it is asked. 0 is two seconds.
	Every time.Duration
	// Log is told of connections that are lost. nil is [slog.Default].
	Log *slog.Logger
}

// Run tells to of changes until ctx ends.
func (w Watcher) Run(ctx context.Context, to Invalidator) {
	w.Every = positive(w.Every, 2*time.Second)
	if w.Log == nil {
		w.Log = slog.Default()
	}
	p := &poll{source: w.Changes, to: to, log: w.Log}
	if w.Connect != nil && !w.listen(ctx, p, to) {
		w.Log.Info("the registry is asked for changes: LISTEN needs a direct connection, and this one goes through a pooler",
			"every", w.Every)
	}
	for ctx.Err() == nil {
		p.once(ctx)
		sleep(ctx, w.Every)
	}
}

// longestPause is the longest wait between two attempts to connect. It grows to
// that from the first one.
const firstPause, longestPause = 50 * time.Millisecond, 5 * time.Second

// listen keeps a connection that listens until ctx ends, and returns false where
// listening is not possible at all.
func (w Watcher) listen(ctx context.Context, p *poll, to Invalidator) bool {
	pause := firstPause
	for ctx.Err() == nil {
		heard, err := listenOnce(ctx, w.Connect, to)
		if errors.Is(err, errPooled) {
			return false
		}
		if ctx.Err() != nil {
			break
		}
		if heard {
			pause = firstPause
		}
		w.Log.Warn("the connection that listens to the registry is lost", "error", err, "retry", pause)
		p.once(ctx)
		sleep(ctx, pause)
		pause = min(2*pause, longestPause)
	}
	return true
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
