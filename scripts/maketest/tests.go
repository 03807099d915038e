//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

const (
	envURL  = "ROWHOUSE_TEST_DATABASE_URL"
	envSkip = "ROWHOUSE_TEST_SKIP"
	// envProof asks for the long forms, whose servers hold too much for memory.
	envProof = "ROWHOUSE_PROOF=1"
)

// runTests runs the tests of every module on one server, and fails where one failed
// or was skipped without being told to.
func runTests(ctx context.Context, skip, env []string, flags ...string) (err error) {
	remove, err := scratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	url, stop, err := database(ctx, !slices.Contains(env, envProof))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	patterns, err := selected(ctx)
	if err != nil {
		return err
	}
	env = append(env, envURL+"="+url, envSkip+"="+strings.Join(skip, " "))
	total := &tally{out: os.Stdout}
	tested := goTest(ctx, env, total, append(flags, patterns...))
	return errors.Join(tested, total.close(skip))
}

// database is the server that the user named, or a throw-away one of our own.
func database(ctx context.Context, memory bool) (url string, stop func() error, err error) {
	if url := os.Getenv(envURL); url != "" {
		return url, func() error { return nil }, nil
	}
	cluster, err := pglocal.Start(ctx, pglocal.Options{
		Throwaway: true, Memory: memory, MaxConnections: 300, StartTimeout: 2 * time.Minute,
	})
	if err != nil {
		return "", nil, err
	}
	stop = func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return cluster.Stop(ctx)
	}
	fmt.Printf("== PostgreSQL of the tests' own: %s\n", cluster.URL("postgres"))
	return cluster.URL("postgres"), stop, nil
}

// selected is every package of every module, or what PKG names in any of them. The
// first packages take longest, most of it waiting: at the end they would wait alone.
func selected(ctx context.Context) ([]string, error) {
	if named := strings.Fields(os.Getenv("PKG")); len(named) > 0 {
		return named, nil
	}
	all, err := packages(ctx)
	return append([]string{"./isolationtest", "./cmd/rowhouse"}, all...), err
}

// goTest runs the tests. Vet is for lint, over all files and all of it.
func goTest(ctx context.Context, env []string, total *tally, flags []string) error {
	args := append([]string{"test", "-race", "-vet=off", "-json"}, flags...)
	announce("go", args)
	cmd := command(ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	return pipe(ctx, cmd, total.read)
}
