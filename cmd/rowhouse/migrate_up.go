package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

// rollout is the flags of migrate up.
type rollout struct {
	migration
	allowMissing bool
	rings        []string
	haltAfter    int
	atomic       bool
	sql          scripting
}

func (c *cli) migrateUp() *cobra.Command {
	var o rollout
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Apply what is pending: the shared scope first, then the tenants",
		Long: `Apply what is pending: the shared scope first, then the tenants, each tenant and
migration in a transaction of its own. A tenant that fails keeps nobody else from
going on (exit code 3); run it again to finish what is left.

With --ring the tenants whose label "ring" has that value come first, each ring
after the one before it, and all others last. With --halt-after a run stops after
so many failures and leaves the tenants that follow as they are. With --json each
tenant is one line of JSON as it ends, and the last line is the summary.`,
		Example: `  rowhouse migrate up
  rowhouse migrate up --ring canary,early --halt-after 1
  rowhouse migrate up --lock-timeout 2s --statement-timeout 1m
  rowhouse migrate up --atomic --where plan=free
  rowhouse migrate up --dry-run --json
  rowhouse migrate up --sql --tenants fleet.json | psql -X "$DATABASE_URL"`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.up(cmd.Context(), &o) },
	}
	o.flags(cmd, c, 4)
	o.sharedFlag(cmd, "only the shared scope")
	o.limitFlags(cmd)
	flags := cmd.Flags()
	flags.Int64Var(&o.to, "to", 0, "stop at this `version` (default: the newest)")
	flags.BoolVar(&o.allowMissing, "allow-missing", false, "apply files that are older than what was applied already")
	flags.StringSliceVar(&o.rings, "ring", nil, "tenants with the label ring=`NAME` first; several in this order")
	flags.IntVar(&o.haltAfter, "halt-after", 0, "stop after this `number` of tenants failed (default: never)")
	flags.BoolVar(&o.atomic, "atomic", false, "the whole fleet of a database in one transaction")
	flags.BoolVar(&o.sql.on, "sql", false, "write a script for psql instead, ledger entries included")
	flags.Int64Var(&o.sql.from, "from", 0, "with --sql: all tenants are at this `version` (default: where each is)")
	flags.StringVar(&o.sql.tenants, "tenants", "", "with --sql: the fleet, from a `file` that tenant list --json wrote; connects to nothing")
	return cmd
}

func (c *cli) up(ctx context.Context, o *rollout) error {
	switch {
	case o.sql.on:
		return c.writeSQL(ctx, o)
	case o.sql.from != 0 || o.sql.tenants != "":
		return usagef("--from and --tenants belong to --sql")
	case o.atomic && len(o.rings)+o.haltAfter > 0:
		return usagef("--atomic is all tenants or none: leave out --ring and --halt-after")
	}
	return c.migrate(ctx, &o.migration, "applied", func(ctx context.Context, r *migrate.Runner, f registry.Filter, tell func(migrate.Event)) (*migrate.Report, error) {
		report, err := r.Up(ctx, o.options(f, tell))
		if errors.Is(err, migrate.ErrNoRing) {
			return nil, usagef("%v; see rowhouse tenant list", err)
		}
		return report, err
	})
}

func (o *rollout) options(f registry.Filter, tell func(migrate.Event)) migrate.Options {
	return migrate.Options{
		Filter: f, Workers: o.workers, SharedOnly: o.shared, To: o.to, AllowMissing: o.allowMissing, DryRun: o.dryRun,
		Limits: o.limits, Rings: o.rings, HaltAfter: o.haltAfter, Atomic: o.atomic, Progress: tell,
	}
}
