//go:build !unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// replace runs the program with our terminal and passes its exit code on: here a
// process cannot become another program.
func replace(j job) error {
	cmd := exec.Command(j.program, j.line[1:]...)
	cmd.Env = j.env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return &childError{exit.ExitCode()}
	}
	if err != nil {
		return fmt.Errorf("cannot run %s: %w", j.program, err)
	}
	return nil
}

// apart leaves the program as it is: an interrupt kills it.
func apart(*exec.Cmd) {}

// alive believes the file that names the process: here there is no cheap way to ask.
func alive(int) bool { return true }
