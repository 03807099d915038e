package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const execLong = `Run any program inside tenants. It gets DATABASE_URL and libpq's PG* variables,
whose search path is the tenant's, and ROWHOUSE_TENANT, ROWHOUSE_TENANT_ID and
ROWHOUSE_SCHEMA. A program that chooses schemas itself must be told. pg_dump takes a
pattern, in which quotes keep a name of capitals or spaces what it is:
--schema "\"$ROWHOUSE_SCHEMA\"". Where tenants share their tables it also needs
--enable-row-security, or it stops at "query would be affected by row-level security".

goose, called by its name, also gets GOOSE_DRIVER and GOOSE_DBSTRING. golang-migrate
is handed the URL by a shell. Do not run such a tool on tables that rowhouse migrates:
neither would know what the other did. Take its version tables over once with
rowhouse migrate import.

For one tenant the program takes over this terminal, and its exit code is ours.
For several, its lines are marked with the tenant's slug, it has no input, and the
exit code is 0, or 3 where it failed for some. With --json standard output holds
the results alone, as a list also for one tenant: the programs' lines go to standard
error, and there is no input.

Behind a transaction pooler the configuration must name the server's direct_url.`

const execExample = `  rowhouse exec --tenant acme -- psql -c 'TABLE users'
  rowhouse exec --tenant acme -- sh -c 'pg_dump --schema "\"$ROWHOUSE_SCHEMA\"" > acme.sql'
  rowhouse exec --all --workers 4 -- psql -XAtc 'SELECT count(*) FROM users'
  rowhouse exec --all -- goose -dir migrations/tenant up
  rowhouse exec --all -- sh -c 'migrate -path db -database "$DATABASE_URL" up'
  rowhouse exec --all -- ./your-report --month 2026-10`

// inside are the statuses of tenants that operators may enter.
func inside() []tenant.Status {
	return []tenant.Status{tenant.Active, tenant.ReadOnly, tenant.Suspended}
}

func (c *cli) execCommand() *cobra.Command {
	var f fleet
	cmd := &cobra.Command{
		Use:                   "exec (--tenant SLUG | --where label=value | --all) -- PROGRAM [ARGS...]",
		DisableFlagsInUseLine: true, // what stands last is the program's
		Short:                 "Run any program inside tenants",
		Long:                  execLong,
		Example:               execExample,
		Args:                  takes(1, -1),
		RunE: func(cmd *cobra.Command, line []string) error {
			if err := f.chosen(cmd); err != nil {
				return err
			}
			return c.exec(cmd.Context(), &f, line)
		},
	}
	f.flags(cmd, c, 1)
	f.explicitly(cmd)
	cmd.Flags().SetInterspersed(false) // what follows the program's name is its own
	return cmd
}

func (c *cli) exec(ctx context.Context, f *fleet, line []string) error {
	program, err := exec.LookPath(line[0])
	if err != nil {
		return fmt.Errorf("cannot run %s: %w", line[0], err)
	}
	jobs, err := c.prepare(ctx, f, program, line)
	alone := len(f.slugs) == 1 && len(jobs) == 1
	switch {
	case err != nil:
		return err
	case f.dryRun:
		return c.emitPlan(jobs, strings.Join(line, " "))
	case alone && jobs[0].err != nil:
		return jobs[0].err
	case alone && !c.json:
		return replace(jobs[0])
	}
	results := c.runJobs(ctx, jobs, f.workers)
	err = c.emitResults(results)
	if alone && is[*partialError](err) {
		return results[0].alone()
	}
	return err
}

// job is a program to be run inside one tenant.
type job struct {
	slug    string
	program string
	line    []string
	env     []string
	err     error // why the tenant cannot be reached
}

// prepare finds the tenants and their environments, and closes the house: nothing
// of ours stays connected while programs run.
func (c *cli) prepare(ctx context.Context, f *fleet, program string, line []string) (jobs []job, err error) {
	err = c.within(ctx, func(h *rowhouse.House) error {
		tenants, err := f.tenants(ctx, h, inside()...)
		if err != nil {
			return err
		}
		for _, t := range tenants {
			env, err := environ(ctx, h, t)
			env = append(env, gooseVariables(program, env)...)
			jobs = append(jobs, job{slug: t.Slug, program: program, line: line, env: env, err: err})
		}
		return nil
	})
	return jobs, err
}

// emitPlan says what --dry-run would have done.
func (c *cli) emitPlan(jobs []job, what string) error {
	slugs := make([]string, 0, len(jobs))
	for _, j := range jobs {
		slugs = append(slugs, j.slug)
	}
	return c.emit(slugs, func(w io.Writer) error {
		for _, slug := range slugs {
			if _, err := fmt.Fprintf(w, "%s: would run %s\n", visible(slug), what); err != nil {
				return err
			}
		}
		return nil
	})
}
