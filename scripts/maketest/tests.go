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
	suites, err := selected(ctx)
	if err != nil {
		return err
	}
	env = append(env, envURL+"="+url, envSkip+"="+strings.Join(skip, " "))
	total := &tally{out: os.Stdout}
	var failures []error
	for _, s := range suites {
		failures = append(failures, goTest(ctx, s.dir, env, total, append(flags, s.packages...)))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errors.Join(failures...), total.close(skip))
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

// suite is what is tested of one module.
type suite struct {
	dir      string
	packages []string
}

// selected is every package of every module, or what PKG names in any of them. The
// first packages take longest, most of it waiting: at the end they would wait alone.
func selected(ctx context.Context) (suites []suite, err error) {
	if packages := os.Getenv("PKG"); packages != "" {
		return []suite{{".", []string{packages}}}, nil
	}
	dirs, err := modules(ctx)
	for _, dir := range dirs {
		suites = append(suites, suite{dir, []string{"./..."}})
	}
	if err == nil {
		suites[0].packages = []string{"./isolationtest", "./cmd/rowhouse", "./..."}
	}
	return suites, err
}

// goTest runs one module's tests. Vet ran before, over all files.
func goTest(ctx context.Context, dir string, env []string, total *tally, flags []string) error {
	args := append([]string{"test", "-race", "-vet=off", "-json"}, flags...)
	announce(dir, "go", args)
	cmd := command(ctx, dir, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	return pipe(ctx, cmd, total.read)
}
