package silo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

const (
	firstWait   = 200 * time.Millisecond // before what ended is begun again
	longestWait = 30 * time.Second
	settled     = time.Minute // what ran for so long begins with the first wait again
)

// supervisor keeps one stack running.
type supervisor struct {
	place place
	stack Stack
	state State
	log   *slog.Logger
	was   bool // the application has answered once
}

// Supervise keeps the stack in dir running until ctx ends, and then ends all of it. It
// returns before that only where the stack never came up. Another supervisor of the
// same stack is a [pglocal.ErrInUse].
func Supervise(ctx context.Context, dir string, log io.Writer) error {
	s := &supervisor{place: place(dir), log: slog.New(slog.NewTextHandler(log, nil))}
	held, err := s.place.lock(ctx)
	if err != nil {
		return fmt.Errorf("supervise %s: %w", dir, err)
	}
	defer held.Close()
	if err := s.place.read(stackFile, &s.stack); err != nil {
		return fmt.Errorf("supervise %s: %w", dir, err)
	}
	if err := s.place.clearAll(ctx); err != nil {
		return fmt.Errorf("supervise %s: %w", dir, err)
	}
	s.state = State{Pid: os.Getpid(), Upstream: s.place.upstream()}
	if err := s.run(ctx); err != nil {
		return fmt.Errorf("supervise %s: %w", dir, err)
	}
	return nil
}

// run begins the stack, again and again where it had worked before.
func (s *supervisor) run(ctx context.Context) error {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		began := time.Now()
		err := s.cycle(ctx)
		if ctx.Err() != nil {
			s.state.Error = ""
			return s.tell(Stopped)
		}
		s.failed(err)
		if err := s.tell(Failed); err != nil || !s.was {
			return errors.Join(err, s.giveUp())
		}
		if time.Since(began) > settled {
			wait = firstWait
		}
		_ = pause(ctx, wait) // the next turn sees that ctx is over
	}
}

func (s *supervisor) giveUp() error {
	if s.was {
		return nil
	}
	return &FailedError{Dir: string(s.place), Reason: s.state.Error}
}

// cycle runs the whole stack once, until its database ends or ctx does.
func (s *supervisor) cycle(ctx context.Context) (err error) {
	if err := s.tell(Starting); err != nil {
		return err
	}
	database, err := s.database(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer func() {
		cancel(nil)
		err = errors.Join(err, s.place.clear(context.WithoutCancel(ctx)), stop(ctx, database))
	}()
	go func() {
		select {
		case <-database.Done():
			cancel(errDatabaseEnded)
		case <-ctx.Done():
		}
	}()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return s.serve(ctx)
}

var errDatabaseEnded = errors.New("the database server ended by itself")

func stop(ctx context.Context, database *pglocal.Cluster) error {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return database.Stop(ctx)
}

func (s *supervisor) failed(err error) {
	s.state.Restarts++
	s.state.Error = fmt.Sprint(err)
	s.log.Error("the stack ended", "error", err, "restarts", s.state.Restarts)
}

// tell writes the state down.
func (s *supervisor) tell(phase Phase) error {
	s.state.Phase, s.state.Since = phase, time.Now()
	s.log.Info(string(phase), "database", s.state.Database, "upstream", s.state.Upstream, "app", s.state.App)
	return s.place.write(stateFile, s.state)
}
