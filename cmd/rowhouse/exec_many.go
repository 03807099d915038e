package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// result is how a program ended in one tenant, as --json shows it.
type result struct {
	Tenant string `json:"tenant"`
	Code   int    `json:"code"` // -1: it did not run or was killed
	Error  string `json:"error"`

	err error
}

// alone is the error of the only tenant that was asked for: the program's own code.
func (r result) alone() error {
	if r.Code > 0 {
		return &childError{r.Code}
	}
	return r.err
}

// runJobs runs a program in tenants, some at a time.
func (c *cli) runJobs(ctx context.Context, jobs []job, workers int) []result {
	results := make([]result, len(jobs))
	var lines sync.Mutex
	var group errgroup.Group
	group.SetLimit(workers)
	for i, j := range jobs {
		group.Go(func() error {
			results[i] = c.runJob(ctx, j, &lines)
			return nil
		})
	}
	_ = group.Wait() // each result has its own error
	return results
}

func (c *cli) runJob(ctx context.Context, j job, lines *sync.Mutex) result {
	if err := ctx.Err(); err != nil {
		return result{Tenant: j.slug, Code: -1, Error: "interrupted before it began", err: err}
	}
	if j.err != nil {
		return resultOf(j.slug, j.err)
	}
	const patience = 10 * time.Second // between asking to end and killing
	cmd := exec.CommandContext(ctx, j.program, j.line[1:]...)
	cmd.Args[0], cmd.Env, cmd.WaitDelay = j.line[0], j.env, patience
	apart(cmd)
	out, errs := c.marked(j.slug, lines)
	cmd.Stdout, cmd.Stderr = out, errs
	err := cmd.Run()
	out.flush()
	errs.flush()
	return resultOf(j.slug, err)
}

// marked returns writers that put the slug before each line. With --json standard
// output belongs to the results.
func (c *cli) marked(slug string, lines *sync.Mutex) (out, errs *marker) {
	to := c.out
	if c.json {
		to = c.err
	}
	mark := visible(slug) + ": "
	return &marker{to: to, mark: mark, lines: lines}, &marker{to: c.err, mark: mark, lines: lines}
}

func resultOf(slug string, err error) result {
	if err == nil {
		return result{Tenant: slug}
	}
	r := result{Tenant: slug, Code: -1, Error: err.Error(), err: err}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		r.Code = exit.ExitCode()
	}
	return r
}

func (c *cli) emitResults(results []result) error {
	var failures []error
	for _, r := range results {
		if r.err != nil {
			c.warn("%s: %s", visible(r.Tenant), r.Error)
			failures = append(failures, fmt.Errorf("%s: %w", visible(r.Tenant), r.err))
		}
	}
	if len(results) == 0 {
		c.say("no tenants")
	}
	err := c.emit(results, func(io.Writer) error {
		if len(failures) == 0 && len(results) > 0 {
			c.say("done in %d tenant(s)", len(results))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return summary(failures, len(results))
}
