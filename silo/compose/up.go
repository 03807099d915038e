package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/portbook"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const tick = 100 * time.Millisecond // between two looks at a stack

// Up implements [silo.Runtime]. A stack that does not come up is a
// [*silo.FailedError], and nothing of it is left running. Containers whose image or
// file has changed are made anew.
func (r *Stacks) Up(ctx context.Context, s silo.Stack) (silo.State, error) {
	state, err := r.up(ctx, s)
	if err != nil {
		return state, fmt.Errorf("silo up: %w", err)
	}
	return state, nil
}

func (r *Stacks) up(ctx context.Context, s silo.Stack) (state silo.State, err error) {
	if err := answers(ctx); err != nil {
		return state, err
	}
	p := r.place(s.ID)
	if err := p.make(); err != nil {
		return state, err
	}
	held, err := p.lock(ctx)
	if err != nil {
		return state, err
	}
	defer held.Close()
	program, err := composer(ctx)
	if err != nil {
		return state, err
	}
	for tries := 0; ; tries++ {
		state, err = r.try(ctx, s, composing{program, held})
		if tries < 3 && r.portTaken(ctx, s.ID, err) {
			continue // by somebody who was faster
		}
		if err == nil {
			err = p.wake()
		}
		return state, err
	}
}

// try brings a stack up once.
func (r *Stacks) try(ctx context.Context, s silo.Stack, tool composing) (silo.State, error) {
	now, err := look(ctx, s.ID)
	if err != nil {
		return silo.State{}, err
	}
	next, err := r.plan(ctx, s, now)
	if err != nil {
		return silo.State{}, err
	}
	state := now.state(next.ports)
	serving := state.Phase == silo.Waiting || state.Phase == silo.Running
	if serving && now.current(next) && silo.Healthy(ctx, state.Upstream, s.Health) == nil {
		state.Phase = silo.Running
		return state, nil
	}
	if err := next.settle(ctx); err != nil {
		return silo.State{}, err
	}
	if err := tool.up(ctx, next); err != nil {
		return silo.State{}, r.failed(ctx, next, err)
	}
	return r.await(ctx, next)
}

// plan decides what is to run.
func (r *Stacks) plan(ctx context.Context, s silo.Stack, now containers) (plan, error) {
	next := plan{Options: r.Options, stack: s, place: r.place(s.ID)}
	var images []string
	for _, name := range []string{next.Image, next.databaseImage()} {
		id, err := image(ctx, name)
		if err != nil {
			return next, err
		}
		images = append(images, id)
	}
	var err error
	if next.ports, err = next.place.choose(s.ID, now); err != nil {
		return next, err
	}
	next.version, err = next.fingerprint(images...)
	return next, err
}

// composing is Docker Compose, which holds the stack's lock as long as it works: it may
// live longer than we do.
type composing struct {
	line []string
	held *os.File
}

// up returns when what prepares the database has succeeded and the application was
// begun.
func (c composing) up(ctx context.Context, next plan) error {
	const patience = 10 * time.Minute // for the migrations above all
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errSlow)
	defer cancel()
	_, err := run(ctx, slices.Concat(c.line, []string{
		"--project-name", project(next.stack.ID), "--file", next.place.path(file),
		"up", "--detach", "--no-build", "--remove-orphans",
	}), c.held)
	return err
}

var errSlow = errors.New("has not come up in time")

// await waits until the application answers.
func (r *Stacks) await(ctx context.Context, next plan) (silo.State, error) {
	const (
		patience = 2 * time.Minute
		attempts = 3 // so often may it end before it has answered
	)
	slow, cancel := context.WithTimeoutCause(ctx, patience, errSlow)
	defer cancel()
	for {
		state, err := r.Status(slow, next.stack.ID)
		switch {
		case err == nil && state.Phase == silo.Running:
			return state, nil
		case err == nil && state.Phase == silo.Failed && state.Restarts >= attempts:
			return state, r.failed(ctx, next, errors.New(state.Error))
		}
		if waited := pause(slow, tick); waited != nil && ctx.Err() == nil {
			return state, r.failed(ctx, next, fmt.Errorf("the application %w: %s", waited, state.Error))
		}
		if ctx.Err() != nil {
			return state, context.Cause(ctx)
		}
	}
}

// failed says why a stack does not come up, with the log of what was to blame, and
// leaves nothing running. A caller who has lost patience leaves all as it is.
func (r *Stacks) failed(ctx context.Context, next plan, err error) error {
	if ctx.Err() != nil {
		return err
	}
	now, lookErr := look(ctx, next.stack.ID)
	if lookErr != nil {
		return errors.Join(err, lookErr)
	}
	reason := err.Error()
	for _, name := range next.services() {
		if c := now.of(name); c.broken() != "" || (name == web && c.runs()) {
			reason = fmt.Sprintf("%s: %s\n%s", name, c.broken(), r.tail(ctx, c))
			break
		}
	}
	return errors.Join(&silo.FailedError{Reason: reason}, r.stop(ctx, next.stack.ID))
}

// portTaken reports whether a stack failed because somebody took one of its ports
// after it was found free.
func (r *Stacks) portTaken(ctx context.Context, id tenant.ID, err error) bool {
	if _, ok := errors.AsType[*silo.FailedError](err); !ok {
		return false
	}
	at, err := r.place(id).ports()
	return err == nil && ctx.Err() == nil && (!portbook.Free(at.Database) || !portbook.Free(at.Web))
}

// lock lets one at a time change a stack.
func (p place) lock(ctx context.Context) (*os.File, error) {
	held, err := pglocal.WaitLock(ctx, p.path(lockFile))
	if errors.Is(err, pglocal.ErrInUse) {
		return nil, fmt.Errorf("somebody else is changing %s: %w", p, err)
	}
	return held, err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
