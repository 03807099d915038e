//go:build unix

package silo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func terminate(pid int) error {
	err := syscall.Kill(pid, syscall.SIGTERM)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// apart gives a program a group of its own, so that it ends with all that it started.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithUs(cmd.SysProcAttr)
}

// launch starts a supervisor that lives on when we end, and returns when it has its
// stack's lock or has ended.
func (p place) launch(ctx context.Context, program, hidden []string) error {
	if len(program) == 0 {
		return errNoSupervisor
	}
	log, err := p.log(logSupervisor)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program[0], append(program[1:len(program):len(program)], string(p))...)
	cmd.Dir = string(p)
	cmd.Env = inherited(os.Environ(), hidden...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		alive, err := p.supervised()
		if err != nil || alive {
			return err
		}
		select {
		case err := <-ended:
			return p.endedEarly(err)
		default:
		}
		if err := pause(ctx, tick); err != nil {
			return err
		}
	}
}

// endedEarly is nil where the supervisor has said itself why it ended.
func (p place) endedEarly(exit error) error {
	if state, err := p.state(); err == nil && state.Phase == Failed {
		return nil
	}
	return fmt.Errorf("the supervisor ended: %v\n%s", exit, p.tail(logSupervisor))
}
