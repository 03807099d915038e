package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

func (c *cli) migrateStamp() *cobra.Command {
	var m migration
	cmd := &cobra.Command{
		Use:   "stamp VERSION",
		Short: "Write the ledger without running anything",
		Long: `Write the ledger as if exactly the migrations up to VERSION had been applied, and
run none of them: for tables that were made in another way. 0 empties the ledger.`,
		Example: "  rowhouse migrate stamp 3\n  rowhouse migrate stamp 1 --shared",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			version, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || version < 0 {
				return usagef("%q is no version: give the number at the start of a file's name", clip(args[0]))
			}
			if err := c.confirmStamp(cmd.Context(), &m, version); err != nil {
				return stampFault(err, version)
			}
			return stampFault(c.migrate(cmd.Context(), &m, "stamped (not run)", func(ctx context.Context, r *migrate.Runner, f registry.Filter, _ func(migrate.Event)) (*migrate.Report, error) {
				return r.Stamp(ctx, version, migrate.StampOptions{Filter: f, Shared: m.shared, DryRun: m.dryRun})
			}), version)
		},
	}
	m.flags(cmd, c, 4)
	m.sharedFlag(cmd, "the shared scope instead of the tenants")
	return cmd
}

// stampFault says it in other words where the version to stamp is that of no file.
func stampFault(err error, version int64) error {
	if unknown, ok := errors.AsType[*migrate.UnknownError](err); ok && unknown.Ref.Version == version {
		return usagef("there is no %s migration %d: give the number at the start of a file's name", unknown.Ref.Scope, version)
	}
	return err
}

// confirmStamp lists what would count as applied without having run, and asks.
func (c *cli) confirmStamp(ctx context.Context, m *migration, version int64) error {
	if m.dryRun || c.yes || m.check() != nil {
		return nil
	}
	err := c.within(ctx, func(h *rowhouse.House) error {
		filter, err := m.filter(ctx, h)
		if err != nil {
			return err
		}
		report, err := h.Migrate().Stamp(ctx, version, migrate.StampOptions{Filter: filter, Shared: m.shared, DryRun: true})
		if err != nil {
			return err
		}
		for _, o := range report.Changed() {
			c.say("%s: %s would count as applied, and is not run", o.Label(), fileNames(o.Done))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.confirm("Write the ledger without running anything?")
}
