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

// packages are patterns of all packages of the workspace's modules, whichever module:
// one command over all of them loads, checks and waits once.
func packages(ctx context.Context) ([]string, error) {
	out, err := output(ctx, "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the workspace: %w", err)
	}
	var patterns []string
	for _, dir := range strings.Fields(out) {
		below, err := filepath.Rel(here, dir)
		if err != nil {
			return nil, fmt.Errorf("find the module %s: %w", dir, err)
		}
		patterns = append(patterns, "./"+filepath.ToSlash(filepath.Join(below, "...")))
	}
	return patterns, nil
}

// lint is all that looks at the code without running it. It goes on after a failure,
// so that one run shows all.
func lint(ctx context.Context) error {
	patterns, err := packages(ctx)
	if err != nil {
		return err
	}
	staticcheck, err := output(ctx, "go", "tool", "-n", "staticcheck") // built, and where it is
	if err != nil {
		return err
	}
	return errors.Join(
		formatted(ctx),
		raced(ctx, "go", append([]string{"vet"}, patterns...)...),
		raced(ctx, staticcheck, patterns...),
		vulnerabilities(ctx, patterns),
	)
}

// raced runs a program that compiles what it looks at as the tests do: whoever runs
// both compiles once.
func raced(ctx context.Context, name string, args ...string) error {
	announce(filepath.Base(name), args)
	flags, err := output(ctx, "go", "env", "GOFLAGS")
	if err != nil {
		return err
	}
	cmd := command(ctx, name, args...)
	cmd.Env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(flags+" -race"))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return failed(ctx, cmd, cmd.Run())
}

func formatted(ctx context.Context) error {
	announce("gofmt", []string{"-l", "."})
	out, err := output(ctx, "gofmt", "-l", ".")
	if err != nil || out == "" {
		return err
	}
	return fmt.Errorf("not formatted (make fmt does it):\n%s", out)
}

// vulnerabilities asks govulncheck. Where its database cannot be reached that is
// said, and is no failure: it says nothing about the code.
func vulnerabilities(ctx context.Context, patterns []string) error {
	const found = 3 // govulncheck's exit code
	err := show(ctx, "go", append([]string{"tool", "govulncheck"}, patterns...)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == found {
		return err
	}
	if err != nil {
		fmt.Println("Known vulnerabilities were NOT checked: govulncheck could not run or reach its database:", err)
	}
	return ctx.Err()
}
