//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// replace turns this process into the program: its terminal, its signals and its
// exit code are then ours without any work. It returns only where that fails.
func replace(j job) error {
	err := syscall.Exec(j.program, j.line, j.env)
	return fmt.Errorf("cannot run %s: %w", j.program, err)
}

// apart makes the program the head of a process group. A key press on the terminal
// then reaches it once, from us, and so do the programs that it starts.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); err != nil {
			return os.ErrProcessDone
		}
		return nil
	}
}

// alive reports whether a process with this number runs.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || err == syscall.EPERM
}
