package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

func (c *cli) migrateImport() *cobra.Command {
	var (
		m     migration
		table string
	)
	cmd := &cobra.Command{
		Use:   "import --table NAME",
		Short: "Take over what goose or golang-migrate applied to each schema",
		Long: `Write into the ledgers what another tool applied: its version table is read in each
tenant's schema and in the shared one, compared with the migration files, and
nothing is run. Entries that are there already stay: it may be repeated.`,
		Example: "  rowhouse migrate import --table goose_db_version\n  rowhouse migrate import --table schema_migrations --dry-run",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if table == "" {
				return usagef("say which table with --table goose_db_version or --table schema_migrations")
			}
			return c.migrate(cmd.Context(), &m, "imported", func(ctx context.Context, r *migrate.Runner, f registry.Filter, _ func(migrate.Event)) (*migrate.Report, error) {
				return r.Import(ctx, migrate.ImportOptions{Table: table, Filter: f, Shared: m.shared, DryRun: m.dryRun})
			})
		},
	}
	m.flags(cmd, c, 4)
	m.sharedFlag(cmd, "only the shared scope")
	cmd.Flags().StringVar(&table, "table", "", "the version table's `name`: goose_db_version, schema_migrations or what you called it")
	return cmd
}
