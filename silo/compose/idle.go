package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/wholefile"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// asleepFile is there while a stack is down because nobody asked for it, and says where
// its application was: while it is woken, its ports are those where it will be.
const asleepFile = "asleep"

// LastUse tells when somebody last asked a stack's application, as its health checks
// saw it. It is false while that is not known.
func (r *Stacks) LastUse(ctx context.Context, id tenant.ID) (at time.Time, known bool, err error) {
	now, err := look(ctx, id)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("last use of a silo: %w", err)
	}
	app := now.of(web)
	if !app.runs() {
		return time.Time{}, false, nil
	}
	at, known = lastUse(app.said())
	if at.Before(app.State.StartedAt) {
		at = app.State.StartedAt
	}
	return at, known, nil
}

// Sleep takes down a stack that nobody asks for. [Stacks.Asleep] tells it from one that
// an operator took down.
func (r *Stacks) Sleep(ctx context.Context, id tenant.ID) error {
	return r.locked(ctx, id, func() error {
		at, err := r.place(id).ports()
		if err != nil {
			return err
		}
		if err := wholefile.Write(r.place(id).path(asleepFile), []byte(at.web()), private); err != nil {
			return err
		}
		return r.stop(ctx, id)
	})
}

// Asleep tells whether a stack is to be brought up by whoever asks for it, and where
// its application was.
func (r *Stacks) Asleep(id tenant.ID) (address string, asleep bool, err error) {
	at, err := os.ReadFile(r.place(id).path(asleepFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(at), len(at) > 0, err
}

// wake takes the mark of [Stacks.Sleep] away: what could not be woken is still asleep.
func (p place) wake() error {
	if err := os.Remove(p.path(asleepFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
