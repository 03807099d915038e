package silo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/portbook"
)

// environ is what both programs get.
func (s *supervisor) environ() []string {
	url := DatabaseURL(s.state.Database)
	_, port, _ := net.SplitHostPort(s.state.Upstream)
	return []string{
		"DATABASE_URL=" + url, "ROWHOUSE_DATABASE_URL=" + url, "PGPASSFILE=" + s.place.path(passFile),
		"ROWHOUSE_SILO=" + s.stack.ID.String(), s.place.mark(), "ROWHOUSE_ADDR=" + s.state.Upstream, "PORT=" + port,
	}
}

// mark is in the environment of all that a stack's supervisor starts, but for the
// database server: no other stack's programs have it.
func (p place) mark() string {
	dir, err := filepath.EvalSymlinks(string(p))
	if err != nil {
		dir = string(p)
	}
	return "ROWHOUSE_SILO_DIR=" + dir
}

// line fills in the placeholders of a command.
func (s *supervisor) line(command []string) []string {
	fill := strings.NewReplacer("{dir}", string(s.place), "{addr}", s.state.Upstream)
	filled := make([]string, len(command))
	for i, word := range command {
		filled[i] = fill.Replace(word)
	}
	return filled
}

// prepare runs the one-shot program to its end.
func (s *supervisor) prepare(ctx context.Context) error {
	if err := s.tell(Preparing); err != nil {
		return err
	}
	if len(s.stack.Prepare) == 0 {
		return nil
	}
	p, err := s.begin(s.stack.Prepare, logPrepare)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.end()
		return context.Cause(ctx)
	}
	if p.exit != nil {
		return fmt.Errorf("%s: %w\n%s", s.stack.Prepare[0], p.exit, s.place.tail(logPrepare))
	}
	return nil
}

// serve runs the application, again and again where it has answered before.
func (s *supervisor) serve(ctx context.Context) error {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		began := time.Now()
		err := s.application(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !s.was {
			return err
		}
		s.failed(err)
		if time.Since(began) > settled {
			wait = firstWait
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// application runs the application once, until it ends, does not answer any more, or
// ctx is over.
func (s *supervisor) application(ctx context.Context) (err error) {
	upstream, err := s.address(ctx)
	if err != nil {
		return err
	}
	s.state.Upstream = upstream
	p, err := s.begin(s.stack.App, logApp)
	if err != nil {
		return err
	}
	defer func() {
		p.end()
		err = errors.Join(err, s.place.clear(context.WithoutCancel(ctx)))
	}()
	s.state.App = p.cmd.Process.Pid
	if err := s.tell(Waiting); err != nil {
		return err
	}
	if err := s.attend(ctx, p); err != nil {
		return fmt.Errorf("the application: %w", err)
	}
	return nil
}

// address returns where the application is to be: where it was, once that is free, or
// else where no other silo ever was.
func (s *supervisor) address(ctx context.Context) (string, error) {
	patience := 5 * time.Second // for one that was killed and is about to end
	if s.place.asleep() {
		patience = 0 // a porter stands there
	}
	port := portOf(s.state.Upstream) // 0 is free
	for deadline := time.Now().Add(patience); !portbook.Free(port) && time.Now().Before(deadline); {
		if err := pause(ctx, tick); err != nil {
			return "", err
		}
	}
	port, err := s.book().Take(s.stack.ID, portbook.App)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), err
}

// book is that of all stacks beside this one.
func (s *supervisor) book() portbook.Book { return portbook.In(filepath.Dir(string(s.place))) }

var (
	errEnded  = errors.New("ended by itself")
	errSilent = errors.New("does not answer")
)

// attend asks the application how it is until it ends or ctx does.
func (s *supervisor) attend(ctx context.Context, p *process) error {
	const (
		patience = 2 * time.Minute // to answer for the first time
		usual    = 2 * time.Second
		misses   = 3
	)
	deadline := time.Now().Add(patience)
	every, missed, answers := tick, 0, false
	for {
		select {
		case <-p.done:
			return fmt.Errorf("%w: %v\n%s", errEnded, p.exit, s.place.tail(logApp))
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(every):
		}
		err := healthy(ctx, inspector(), s.state.Upstream, s.stack.Health)
		switch {
		case err == nil && !answers:
			answers, missed, every, s.was = true, 0, usual, true
			if err := s.tell(Running); err != nil {
				return err
			}
		case err == nil:
			missed = 0
		case answers:
			if missed++; missed == misses {
				return fmt.Errorf("%w: %w", errSilent, err)
			}
		case time.Now().After(deadline):
			return fmt.Errorf("%w: %w", errSilent, err)
		}
	}
}
