package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func (c *cli) tenantReset() *cobra.Command {
	return &cobra.Command{
		Use:               "reset SLUG...",
		Short:             "Empty tenants: drop their data, make their tables anew",
		Example:           "  rowhouse tenant reset staging --yes",
		Args:              takes(1, -1),
		ValidArgsFunction: c.completeSlugs,
		RunE: func(cmd *cobra.Command, slugs []string) error {
			if err := c.confirm("Drop all data of %s?", listed(slugs)); err != nil {
				return err
			}
			return c.changeTenants(cmd.Context(), slugs, "reset", (*lifecycle.Manager).Reset)
		},
	}
}

func (c *cli) tenantDelete() *cobra.Command {
	purge := false
	cmd := &cobra.Command{
		Use:   "delete SLUG...",
		Short: "Delete tenants; until they are purged they can be restored",
		Long: `Delete tenants. They are no longer served, their slugs and domains are free at
once, and nobody can reach their data any more. The data itself stays until
--purge: "rowhouse tenant restore" brings it back.

--purge drops the data for good, also of tenants that were deleted before.`,
		Example:           "  rowhouse tenant delete acme\n  rowhouse tenant delete acme --purge --yes",
		Args:              takes(1, -1),
		ValidArgsFunction: c.completeSlugs,
		RunE: func(cmd *cobra.Command, slugs []string) error {
			if purge {
				return c.purge(cmd.Context(), slugs)
			}
			if err := c.confirm("Delete %s?", listed(slugs)); err != nil {
				return err
			}
			return c.changeTenants(cmd.Context(), slugs, "deleted", c.evenClosed((*lifecycle.Manager).Delete))
		},
	}
	cmd.Flags().BoolVar(&purge, "purge", false, "drop the data for good")
	return cmd
}

func (c *cli) purge(ctx context.Context, slugs []string) error {
	if err := c.confirm("Delete %s and drop the data for good?", listed(slugs)); err != nil {
		return err
	}
	return c.changeTenants(ctx, slugs, "purged", c.purgeOne)
}

// listed names tenants in a question.
func listed(slugs []string) string {
	const most = 5
	if more := len(slugs) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", visible(strings.Join(slugs[:most], ", ")), more)
	}
	return visible(strings.Join(slugs, ", "))
}

func (c *cli) tenantRestore() *cobra.Command {
	slug := ""
	cmd := &cobra.Command{
		Use:     "restore SLUG|ID",
		Short:   "Bring a deleted tenant back",
		Example: "  rowhouse tenant restore acme\n  rowhouse tenant restore acme --slug acme-old    # where the slug has a new owner",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.within(cmd.Context(), func(h *rowhouse.House) error {
				t, err := findDeleted(cmd.Context(), h, args[0])
				if err != nil {
					return err
				}
				t, err = h.Lifecycle().Restore(cmd.Context(), t.ID, slug)
				if t, err = c.restack(cmd.Context(), h, t, err); err != nil {
					return restoreHint(err)
				}
				return c.emitChanged("restored", t)
			})
		},
	}
	cmd.Flags().StringVar(&slug, "slug", "", "the `slug` that it gets (default: the one it had)")
	return cmd
}

// findDeleted prefers a deleted tenant to a live one that has its slug by now.
func findDeleted(ctx context.Context, h *rowhouse.House, name string) (*tenant.Tenant, error) {
	key := keyOf(name)
	if key.Kind != tenant.KeySlug {
		return find(ctx, h, name)
	}
	found, err := h.Registry().List(ctx, registry.Filter{Slugs: []string{name}, Statuses: []tenant.Status{tenant.Deleting}})
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return find(ctx, h, name)
	case len(found) > 1:
		return nil, usagef("%d deleted tenants were called %s: name one by its id, from rowhouse tenant list --status deleting --json", len(found), name)
	}
	return found[0], nil
}

// restoreHint says how to restore a tenant whose names have new owners.
func restoreHint(err error) error {
	if errors.Is(err, tenant.ErrExists) {
		return fmt.Errorf("%w; restore it under another one with --slug", err)
	}
	return err
}
