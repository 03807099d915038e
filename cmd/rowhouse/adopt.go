package main

import (
	"context"
	"errors"
	"os/user"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/adopt"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/resolve"
)

const adoptLong = `Turn an existing database into tenant number one. Its tables, and all that belongs
to them, move into the tenant's schema; those named with --shared become shared. No
row is copied: it is one transaction, which also writes the tenant's record, and which
waits for whoever is writing.

The files migrations/shared/0001_baseline.sql and tenant/0001_baseline.sql are written,
from which the next tenant is made. Before anything is locked, that is tried in a
scratch database: a tenant made from the files must be equal to the adopted one.

What would mean something else afterwards is refused by name: foreign keys from shared
tables into the tenant's, names of schemas in stored texts, large objects. --dry-run
shows the statements and what is found, and changes nothing.`

// adoption is what the flags say.
type adoption struct {
	options adopt.Options
	fleet   adopt.Fleet
}

func (c *cli) adoptCommand() *cobra.Command {
	var a adoption
	cmd := &cobra.Command{
		Use:   "adopt --as SLUG",
		Short: "Make an existing database tenant number one",
		Long:  adoptLong,
		Example: "  rowhouse adopt --as acme --shared countries,currencies --dry-run\n" +
			"  rowhouse adopt --as acme --shared countries,currencies --domain acme.example.com\n" +
			"  rowhouse adopt --schemas 'tenant_*' --stamp 12    # a schema for each tenant is there already",
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.adopt(cmd.Context(), &a) },
	}
	flags := cmd.Flags()
	flags.StringVar(&a.options.Slug, "as", "", "the tenant's `slug`")
	flags.StringVar(&a.options.Name, "name", "", "the tenant's `name` (default: the slug)")
	flags.StringSliceVar(&a.options.From, "from", nil, "the `schemas` to adopt (default: public)")
	flags.StringSliceVar(&a.options.Shared, "shared", nil, "the `tables` that become shared")
	flags.StringSliceVar(&a.options.Domains, "domain", nil, "a `host` that leads to the tenant; the first is primary")
	flags.Int64Var(&a.options.Stamp, "stamp", 0, "the `version` of the migrations that make these tables already")
	flags.BoolVar(&a.options.DryRun, "dry-run", false, "show what would be done")
	flags.StringVar(&a.fleet.Pattern, "schemas", "", "adopt each schema of this `pattern`, or of a query, as a tenant")
	cmd.MarkFlagsMutuallyExclusive("as", "schemas")
	cmd.MarkFlagsOneRequired("as", "schemas")
	return cmd
}

func (c *cli) adopt(ctx context.Context, a *adoption) error {
	adopter, err := c.adopter()
	if err != nil {
		return err
	}
	if a.fleet.Pattern != "" {
		a.fleet.Stamp, a.fleet.DryRun = a.options.Stamp, a.options.DryRun
		return c.adoptFleet(ctx, adopter, a.fleet)
	}
	if !a.options.DryRun {
		if err := c.furnish(); err != nil {
			return err
		}
	}
	report, err := adopter.Run(ctx, a.options)
	refused := a.options.DryRun && is[*adopt.RefusedError](err)
	switch {
	case refused:
		err = errFound // the findings are printed
	case err != nil:
		return err
	case !a.options.DryRun:
		err = c.finishInit(ctx)
	}
	return errors.Join(c.emitAdoption(report, a.options.DryRun), err)
}

// furnish writes what init writes into the folder, where it is missing.
func (c *cli) furnish() error {
	path := c.config
	if path == "" {
		path = configFile
	}
	return (&prepared{}).files(path, "")
}

// finishInit does the rest of what init does. The files are there by now, so the
// configuration is read again.
func (c *cli) finishInit(ctx context.Context) error {
	config, err := c.settings()
	if err != nil {
		return err
	}
	return rowhouse.Init(ctx, config)
}

// adopter needs the database to itself, not a house: there may be none yet.
func (c *cli) adopter() (*adopt.Adopter, error) {
	config, err := c.settings()
	if err != nil {
		return nil, err
	}
	if config.RegistryQuery != "" {
		return nil, usagef("the tenants come from registry.query: add a row there, and remove the key to adopt")
	}
	url, err := directURL(config)
	if err != nil {
		return nil, err
	}
	shared, err := c.migrationFolder(true)
	if err != nil {
		return nil, err
	}
	tenants, err := c.migrationFolder(false)
	if err != nil {
		return nil, err
	}
	if config.Schemas == (isolation.Names{}) {
		config.Schemas = isolation.DefaultNames()
	}
	return adopt.New(adopt.Config{
		URL: url, Server: rowhouse.Main, Names: config.Schemas, AppRole: config.AppRole,
		SharedDir: shared, TenantDir: tenants, Actor: actor(), Bases: resolve.Bases(config.Resolve),
	}), nil
}

// directURL leads to the main server itself, past a pooler.
func directURL(config rowhouse.Config) (string, error) {
	if err := needPostgres(config, "adopt and tenant sync"); err != nil {
		return "", err
	}
	server := config.Servers[rowhouse.Main]
	switch {
	case server.DirectURL != "":
		return server.DirectURL, nil
	case server.URL == "":
		return "", rowhouse.ErrNoServer
	case server.Pooler != "":
		return "", usagef("the server is behind a transaction pooler: set its direct_url")
	}
	return server.URL, nil
}

func actor() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
