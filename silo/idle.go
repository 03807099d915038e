package silo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/wholefile"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// asleepFile is there while a stack is down because nobody asked for it, and says where
// its application was: while it is woken, its state says where it will be.
const asleepFile = "asleep"

// uses is when stacks were last seen in use.
type uses struct {
	mu   sync.Mutex
	last map[tenant.ID]time.Time
}

// LastUse tells when somebody was last connected with a stack's application, its
// supervisor not counted. It has to be asked every half minute: who came and went is
// seen for a minute. It is false where the stack does not run; before it was asked for
// the first time the stack counts as used.
func (r *Processes) LastUse(ctx context.Context, id tenant.ID) (at time.Time, known bool, err error) {
	state, err := r.Status(ctx, id)
	if err != nil || state.Phase != Running {
		return time.Time{}, false, err
	}
	used, err := visited(state.Upstream)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("last use of a silo: %w", err)
	}
	return r.uses.note(id, used, state.Since), true, nil
}

// note returns the last use of a stack that has run since then.
func (u *uses) note(id tenant.ID, used bool, since time.Time) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[tenant.ID]time.Time{}
	}
	last, known := u.last[id]
	if used || !known {
		last = time.Now()
	}
	if last.Before(since) {
		last = since
	}
	u.last[id] = last
	return last
}

// Sleep takes down a stack that nobody asks for. [Processes.Asleep] tells it from one
// that an operator took down.
func (r *Processes) Sleep(ctx context.Context, id tenant.ID) error {
	p := placeOf(r.Dir, id)
	was, err := p.state()
	if err != nil {
		return fmt.Errorf("silo sleeps: %w", err)
	}
	mark := func() error { return wholefile.Write(p.path(asleepFile), []byte(was.Upstream), secret) }
	if err := mark(); err != nil {
		return fmt.Errorf("silo sleeps: %w", err)
	}
	if err := r.end(ctx, id); err != nil {
		return err
	}
	return mark() // somebody who wanted it up just before has taken the first one away
}

// Asleep tells whether a stack is to be brought up by whoever asks for it, and where
// its application was.
func (r *Processes) Asleep(id tenant.ID) (address string, asleep bool, err error) {
	at, err := os.ReadFile(placeOf(r.Dir, id).path(asleepFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(at), len(at) > 0, err
}

func (p place) asleep() bool {
	_, err := os.Stat(p.path(asleepFile))
	return err == nil
}

// wake takes the mark of [Processes.Sleep] away: what could not be woken is still asleep.
func (p place) wake() error {
	if err := os.Remove(p.path(asleepFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// portOf is the port of an address; 0 is none.
func portOf(address string) int {
	_, text, _ := net.SplitHostPort(address)
	port, _ := strconv.Atoi(text)
	return port
}
