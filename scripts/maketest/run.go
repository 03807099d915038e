//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// command is a program in a process group of its own: an interruption reaches its
// children too, also where only we were sent it.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// show runs a program and says so; what it prints is for the user.
func show(ctx context.Context, name string, args ...string) error {
	announce(name, args)
	cmd := command(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return failed(ctx, cmd, cmd.Run())
}

// output runs a program for what it prints on its standard output.
func output(ctx context.Context, name string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := command(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	err := cmd.Run()
	return strings.TrimSpace(out.String()), failed(ctx, cmd, err)
}

// pipe runs a program and hands its standard output to read as it comes.
func pipe(ctx context.Context, cmd *exec.Cmd, read func(io.Reader) error) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return failed(ctx, cmd, err)
	}
	readErr := read(out)
	if err := cmd.Wait(); err != nil {
		return failed(ctx, cmd, err)
	}
	return readErr
}

// failed names the program in its error; an interruption is not its fault.
func failed(ctx context.Context, cmd *exec.Cmd, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
}

func announce(name string, args []string) {
	fmt.Printf("== %s %s\n", name, strings.Join(args, " "))
}
