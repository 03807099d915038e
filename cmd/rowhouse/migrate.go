package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

func (c *cli) migrateCommand() *cobra.Command {
	return group("migrate", "Bring the shared tables and every tenant's tables to the newest migration",
		c.migrateNew(), c.migrateDiff(), c.migratePlan(), c.migrateVerify(), c.migrateUp(), c.migrateDown(), c.migrateStatus(), c.migrateStamp(), c.migrateImport(), c.migrateRuns())
}

// migration is the flags that several migrate commands have.
type migration struct {
	fleet
	shared bool
	to     int64
	limits migrate.Limits
}

// limitFlags adds --lock-timeout and its kin.
func (m *migration) limitFlags(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&m.limits.Lock, "lock-timeout", 0, "wait for a lock for this `duration` (2s), then let others through and try again")
	cmd.Flags().IntVar(&m.limits.Tries, "lock-tries", 0, "the `number` of tries for each migration (default 10)")
	cmd.Flags().DurationVar(&m.limits.Statement, "statement-timeout", 0, "one statement may take this `duration` (30s)")
}

func (m *migration) sharedFlag(cmd *cobra.Command, usage string) {
	cmd.Flags().BoolVar(&m.shared, "shared", false, usage)
}

// check refuses flags that contradict each other.
func (m *migration) check() error {
	if m.shared && len(m.slugs)+len(m.where) > 0 {
		return usagef("--shared means no tenant: leave out --tenant and --where")
	}
	return nil
}

func (c *cli) migrateDown() *cobra.Command {
	var (
		m     migration
		steps int
	)
	cmd := &cobra.Command{
		Use:     "down",
		Short:   "Take migrations back, the newest first",
		Example: "  rowhouse migrate down --tenant acme\n  rowhouse migrate down --to 0 --yes    # everything of every tenant",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !m.dryRun {
				if err := c.confirm("Take migrations back, with the data in the tables that they made?"); err != nil {
					return err
				}
			}
			all := cmd.Flags().Changed("to") && m.to == 0
			return c.migrate(cmd.Context(), &m, "taken back", func(ctx context.Context, r *migrate.Runner, f registry.Filter, tell func(migrate.Event)) (*migrate.Report, error) {
				return r.Down(ctx, migrate.DownOptions{
					Filter: f, Shared: m.shared, Workers: m.workers, Steps: steps, To: m.to, All: all, DryRun: m.dryRun,
					Limits: m.limits, Progress: tell,
				})
			})
		},
	}
	m.flags(cmd, c, 4)
	m.sharedFlag(cmd, "the shared scope instead of the tenants")
	cmd.Flags().IntVar(&steps, "steps", 0, "the `number` to take back of each tenant (default: one, or what --to says)")
	m.limitFlags(cmd)
	cmd.Flags().Int64Var(&m.to, "to", 0, "all that is newer than this `version`; 0 is everything")
	cmd.MarkFlagsMutuallyExclusive("steps", "to")
	return cmd
}

// operation is something that a runner does to the fleet.
type operation func(context.Context, *migrate.Runner, registry.Filter, func(migrate.Event)) (*migrate.Report, error)

// migrate runs one operation of the runner and prints its report.
func (c *cli) migrate(ctx context.Context, m *migration, did string, do operation) error {
	if err := m.check(); err != nil {
		return err
	}
	return c.within(ctx, func(h *rowhouse.House) error {
		filter, err := m.filter(ctx, h)
		if err != nil {
			return err
		}
		f := c.follow()
		report, err := do(ctx, h.Migrate(), filter, f.tell)
		f.end()
		if report == nil {
			return err
		}
		if printErr := c.emitReport(report, did, err != nil); printErr != nil {
			return printErr
		}
		return err
	})
}
