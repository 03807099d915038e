//go:build unix

// Command maketest is what `make test`, `make proof` and `make lint` run: it brings
// what the tests need, gives them a throw-away PostgreSQL, runs them in every module
// of the workspace and cleans up, also when it is interrupted.
//
// Exit codes: 0 all is well, 1 a check or a test failed, 2 something is missing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// errMissing: the machine lacks something that this program cannot bring.
var errMissing = errors.New("something is missing")

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	beQuick()
	err := dispatch(ctx, os.Args[1:], strings.Fields(os.Getenv("SKIP")))
	if err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
	}
	os.Exit(code(err))
}

// beQuick has compilers, checks and tests collect garbage less often, a third of
// their time, and end at once: what is built with -race sleeps for a second first.
// Who has set such a variable keeps it.
func beQuick() {
	for name, value := range map[string]string{"GOGC": "400", "GOMEMLIMIT": "2GiB", "GORACE": "atexit_sleep_ms=0"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, value)
		}
	}
}

func dispatch(ctx context.Context, args, skip []string) error {
	mode := strings.Join(args, " ")
	switch mode {
	case "test":
		return test(ctx, skip)
	case "proof":
		return proof(ctx, skip)
	case "lint":
		return lint(ctx)
	}
	return fmt.Errorf("%w: maketest takes test, proof or lint, not %q", errMissing, mode)
}

func code(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errMissing):
		return 2
	}
	return 1
}

// test is the whole of `make test`.
func test(ctx context.Context, skip []string) error {
	if err := provide(ctx, skip, false); err != nil {
		return err
	}
	return runTests(ctx, skip, nil, "-timeout", "15m", "-p", "3")
}

// proof runs the long forms of the tests.
func proof(ctx context.Context, skip []string) error {
	if err := provide(ctx, skip, true); err != nil {
		return err
	}
	return runTests(ctx, skip, []string{envProof}, "-timeout", "60m")
}
