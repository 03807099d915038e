//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// modules are the directories of the workspace's modules.
func modules(ctx context.Context) ([]string, error) {
	out, err := output(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	return strings.Fields(out), nil
}

// check is everything that needs no database. It goes on after a failure, so that
// one run shows all.
func check(ctx context.Context) error {
	dirs, err := modules(ctx)
	if err != nil {
		return err
	}
	staticcheck, err := output(ctx, ".", "go", "tool", "-n", "staticcheck") // built, and where it is
	if err != nil {
		return err
	}
	failures := []error{formatted(ctx)}
	for _, dir := range dirs {
		failures = append(failures, raced(ctx, dir, "go", "vet", "./..."), raced(ctx, dir, staticcheck, "./..."))
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: %w", ctx.Err())
		}
	}
	return errors.Join(failures...)
}

// raced runs a program that compiles what it looks at as the tests will: they find
// the packages compiled then, which saves a fifth of the whole.
func raced(ctx context.Context, dir, name string, args ...string) error {
	announce(dir, filepath.Base(name), args)
	flags, err := output(ctx, dir, "go", "env", "GOFLAGS")
	if err != nil {
		return err
	}
	cmd := command(ctx, dir, name, args...)
	cmd.Env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(flags+" -race"))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return failed(ctx, cmd, cmd.Run())
}

func formatted(ctx context.Context) error {
	announce(".", "gofmt", []string{"-l", "."})
	out, err := output(ctx, ".", "gofmt", "-l", ".")
	if err != nil || out == "" {
		return err
	}
	return fmt.Errorf("not formatted (make fmt does it):\n%s", out)
}

// vulnerabilities asks govulncheck about every module. Where its database cannot be
// reached that is said, and is no failure: it says nothing about the code.
func vulnerabilities(ctx context.Context) error {
	dirs, err := modules(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, dir := range dirs {
		failures = append(failures, vulnerable(ctx, dir))
	}
	return errors.Join(failures...)
}

func vulnerable(ctx context.Context, dir string) error {
	const found = 3 // govulncheck's exit code
	err := show(ctx, dir, "go", "tool", "govulncheck", "./...")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == found {
		return err
	}
	if err != nil {
		fmt.Println("Known vulnerabilities were NOT checked: govulncheck could not run or reach its database:", err)
	}
	return ctx.Err()
}
