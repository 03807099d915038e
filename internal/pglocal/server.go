package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// server is one run of the postgres program.
type server struct {
	cmd  *exec.Cmd
	log  *tail
	done chan struct{} // closed when it has ended
	exit error         // how it ended; read after done
}

// launch starts the program and returns once it runs, not once it is ready.
func launch(cmd *exec.Cmd, log *tail) (*server, error) {
	cmd.Stdout, cmd.Stderr = log, log
	cmd.WaitDelay = 5 * time.Second // children of a killed server keep the pipe for a moment
	s := &server{cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error)
	go s.supervise(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return s, nil
}

// supervise stays on one thread for the life of the server: Linux stops the server
// when the thread that started it ends, and Go ends idle threads as it likes.
func (s *server) supervise(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := s.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	s.exit = s.cmd.Wait()
	close(s.done)
}

// awaitReady returns when the server takes connections, has died or is out of time.
func (s *server) awaitReady(ctx context.Context, dir string) error {
	for {
		if file := readPidFile(dir); file.pid == s.cmd.Process.Pid && file.status == "ready" {
			return nil
		}
		select {
		case <-s.done:
			return &DiedError{State: s.state(), Log: s.log.String(), Err: ErrDied}
		default:
		}
		if err := pause(ctx); err != nil {
			return &DiedError{State: "not ready in time", Log: s.log.String(), Err: err}
		}
	}
}

// state is how the server ended, for people.
func (s *server) state() string {
	if s.exit == nil {
		return "exit status 0"
	}
	return s.exit.Error()
}

// stop asks with each signal in turn and waits a while for each; then it kills.
// It returns the context's error where the server had to be forced.
func (s *server) stop(ctx context.Context, signals ...syscall.Signal) error {
	const patience = 10 * time.Second
	var forced error
	for _, signal := range signals {
		_ = s.cmd.Process.Signal(signal) // it may have ended just now: done tells
		wait, cancel := context.WithTimeout(ctx, patience)
		select {
		case <-s.done:
			cancel()
			return forced
		case <-wait.Done():
			forced = wait.Err()
		}
		cancel()
		ctx = context.WithoutCancel(ctx) // the caller's time is up; the next signal still needs some
	}
	err := killGroup(s.cmd.Process.Pid)
	<-s.done
	return errors.Join(forced, err)
}
