//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
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
	failures := []error{formatted(ctx)}
	for _, dir := range dirs {
		failures = append(failures, show(ctx, dir, "go", "vet", "./..."), show(ctx, dir, "go", "tool", "staticcheck", "./..."))
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: %w", ctx.Err())
		}
	}
	return errors.Join(failures...)
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
