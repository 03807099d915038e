package silo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Processes is a [Runtime] without a container engine: each stack is a supervisor, a
// PostgreSQL of this machine and the application's process.
type Processes struct {
	// Dir, an absolute path, holds a directory for each stack.
	Dir string
	// Supervisor is the program, with its first arguments, that calls [Supervise] for
	// the directory that is its last argument.
	Supervisor []string
	// Hidden are environment variables that stacks do not get, besides those of libpq
	// and of rowhouse: what leads to the databases of others.
	Hidden []string

	uses uses
}

var _ Runtime = (*Processes)(nil)

// tick is the step in which files of other processes are looked at.
const tick = 20 * time.Millisecond

// Up implements [Runtime]. Where the supervisor gives up, the error is a
// [*FailedError], and nothing is left running. A stack that is up with other programs
// is begun anew.
func (r *Processes) Up(ctx context.Context, s Stack) (State, error) {
	p := placeOf(r.Dir, s.ID)
	if err := r.begin(ctx, p, s); err != nil {
		return State{}, fmt.Errorf("silo up: %w", err)
	}
	for {
		state, err := r.Status(ctx, s.ID)
		switch {
		case err != nil:
			return state, fmt.Errorf("silo up: %w", err)
		case state.Phase == Running:
			return state, p.wake()
		case state.Phase == Failed && !p.retries():
			return state, &FailedError{Dir: string(p), Reason: state.Error}
		case state.Phase == Stopped: // killed, or still on its way down
			err = r.begin(ctx, p, s)
		}
		if err = cmp.Or(err, pause(ctx, tick)); err != nil {
			return state, fmt.Errorf("silo up: %s: %w", state.Phase, err)
		}
	}
}

// FailedError is a stack that could not be brought up.
type FailedError struct {
	Dir    string // where its logs are; empty where rowhouse silo logs alone has them
	Reason string
}

func (e *FailedError) Error() string {
	if e.Dir == "" {
		return "the silo does not come up: " + e.Reason
	}
	return fmt.Sprintf("the silo does not come up: %s\nits logs are in %s", e.Reason, e.Dir)
}

// begin starts a supervisor where none lives that runs this stack.
func (r *Processes) begin(ctx context.Context, p place, s Stack) error {
	if err := p.make(); err != nil {
		return err
	}
	alive, err := p.supervised()
	if err == nil && alive {
		if p.runs(s) {
			return p.settle(s)
		}
		err = r.end(ctx, s.ID)
	}
	if err != nil {
		return err
	}
	if err := p.ready(ctx, s); err != nil {
		return err
	}
	return p.launch(ctx, r.Supervisor, r.Hidden)
}

// ready writes what a supervisor needs. Under its lock: what a supervisor says that
// another caller began meanwhile must not be written over.
func (p place) ready(ctx context.Context, s Stack) error {
	held, err := p.lock(ctx)
	if errors.Is(err, pglocal.ErrInUse) {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	defer held.Close()
	if err := p.settle(s); err != nil {
		return err
	}
	return p.write(stateFile, State{Phase: Starting, Since: time.Now(), Upstream: p.upstream()})
}

// runs reports whether the supervisor of p runs the same programs.
func (p place) runs(s Stack) bool {
	var now Stack
	err := p.read(stackFile, &now)
	return err == nil && slices.Equal(now.Prepare, s.Prepare) && slices.Equal(now.App, s.App) && now.Health == s.Health
}

// retries reports whether a supervisor goes on after a failure.
func (p place) retries() bool {
	alive, err := p.supervised()
	return alive && err == nil
}

// upstream is where the application was last: it is to be there again.
func (p place) upstream() string {
	last, err := p.state()
	if err != nil {
		return ""
	}
	return last.Upstream
}

// Down implements [Runtime]. What a supervisor left that was killed is ended too. A stack
// that sleeps is not to be woken any more.
func (r *Processes) Down(ctx context.Context, id tenant.ID) error {
	if err := placeOf(r.Dir, id).wake(); err != nil {
		return fmt.Errorf("silo down: %w", err)
	}
	return r.end(ctx, id)
}

// end ends a stack's supervisor and what a killed one left.
func (r *Processes) end(ctx context.Context, id tenant.ID) error {
	p := placeOf(r.Dir, id)
	for asked := false; ; {
		alive, err := p.supervised()
		if err == nil && !alive {
			if err = p.orphans(ctx); errors.Is(err, pglocal.ErrInUse) && ctx.Err() == nil {
				continue // somebody brings it up
			}
		}
		if err != nil || !alive {
			return err
		}
		state, err := p.state()
		if err != nil {
			return err
		}
		if !asked && state.Pid > 0 {
			if err := terminate(state.Pid); err != nil {
				return fmt.Errorf("silo down: %w", err)
			}
			asked = true
		}
		if err := pause(ctx, tick); err != nil {
			return fmt.Errorf("silo down: the supervisor (process %d) has not ended: %w", state.Pid, err)
		}
	}
}

// orphans ends what runs of a stack that nobody supervises. While somebody does, it is
// a [pglocal.ErrInUse].
func (p place) orphans(ctx context.Context) error {
	if _, err := os.Stat(p.path(lockFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	held, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer held.Close()
	return p.clearAll(ctx)
}

// clearAll ends what a supervisor left that was killed.
func (p place) clearAll(ctx context.Context) error {
	return errors.Join(p.clear(ctx), pglocal.End(ctx, p.path(dataDir)))
}

// Status implements [Runtime]. What a supervisor wrote that was killed since is not
// believed.
func (r *Processes) Status(_ context.Context, id tenant.ID) (State, error) {
	p := placeOf(r.Dir, id)
	alive, err := p.supervised()
	if err != nil {
		return State{}, fmt.Errorf("silo status: %w", err)
	}
	state, err := p.state()
	if err != nil {
		return State{}, fmt.Errorf("silo status: %w", err)
	}
	if alive {
		return state, nil
	}
	state.Database, state.Pid, state.App = "", 0, 0
	if state.Phase != Failed && state.Phase != Stopped {
		state.Phase, state.Error = Stopped, "the supervisor was killed"
	}
	return state, nil
}

// Remove ends a stack and removes its directory, data included. The stack may be broken.
func (r *Processes) Remove(ctx context.Context, id tenant.ID) error {
	if err := r.Down(ctx, id); err != nil {
		return err
	}
	p := placeOf(r.Dir, id)
	if err := os.RemoveAll(string(p)); err != nil {
		return fmt.Errorf("remove the silo: what is left of it is in %s: %w", p, err)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

var errNoSupervisor = errors.New("the runtime has no supervisor program")
