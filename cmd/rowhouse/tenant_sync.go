package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func (c *cli) tenantSync() *cobra.Command {
	return &cobra.Command{
		Use:   "sync",
		Short: "Make the schemas that registry.query lists and that are not there yet",
		Long: `Where tenants come from a table of yours (registry.query), make the schema of each one
that has none yet, and apply all migrations to it. What is there already is left
alone: rowhouse migrate up brings it to the newest version.`,
		Example: "  rowhouse tenant sync",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.sync(cmd.Context()) },
	}
}

func (c *cli) sync(ctx context.Context) error {
	config, err := c.settings()
	if err != nil {
		return err
	}
	if config.RegistryQuery == "" {
		return usagef("the configuration has no registry.query: make tenants with rowhouse tenant create")
	}
	url, err := directURL(config)
	if err != nil {
		return err
	}
	return c.within(ctx, func(h *rowhouse.House) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		return c.syncAll(ctx, h, conn)
	})
}

// syncAll makes what is missing, and goes on where one fails.
func (c *cli) syncAll(ctx context.Context, h *rowhouse.House, conn *pgx.Conn) error {
	missing, err := homeless(ctx, h, conn)
	if err != nil {
		return err
	}
	bySlug := map[string]*tenant.Tenant{}
	var slugs []string
	for _, t := range missing {
		bySlug[t.Slug] = t
		slugs = append(slugs, t.Slug)
	}
	done, failures := c.workThrough(slugs, "created", func(slug string) (*tenant.Tenant, error) {
		t := bySlug[slug]
		version, err := h.Migrate().Apply(ctx, conn, t)
		t.Version = version
		return t, err
	})
	if c.json {
		if err := c.emit(viewsOf(done), nil); err != nil {
			return err
		}
	}
	return summary(failures, len(slugs))
}

// homeless lists the tenants whose schemas are not there.
func homeless(ctx context.Context, h *rowhouse.House, conn *pgx.Conn) (missing []*tenant.Tenant, err error) {
	// Tenants without a schema are behind themselves; the shared tables must be there.
	err = h.Migrate().Ready(ctx)
	if p, ok := errors.AsType[*migrate.PendingError](err); err != nil && (!ok || p.Scope == migrate.Shared) {
		return nil, err
	}
	all, err := h.Registry().List(ctx, registry.Filter{Statuses: []tenant.Status{tenant.Active, tenant.ReadOnly, tenant.Provisioning}})
	if err != nil {
		return nil, fmt.Errorf("list the tenants: %w", err)
	}
	for _, t := range all {
		var there bool
		err := conn.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", ident.Quote(t.Placement.Schema)).Scan(&there)
		if err != nil {
			return nil, fmt.Errorf("look for schema %s: %w", t.Placement.Schema, err)
		}
		if !there {
			missing = append(missing, t)
		}
	}
	return missing, nil
}
