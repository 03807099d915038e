package main

import (
	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// listing is the flags of tenant list.
type listing struct{ statuses, where []string }

func (c *cli) tenantList() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List tenants",
		Example: "  rowhouse tenant list\n  rowhouse tenant list --where plan=pro --json\n  rowhouse tenant list --status deleting,deleted",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.list(cmd, l) },
	}
	cmd.Flags().StringSliceVar(&l.statuses, "status", nil, "only tenants in this `status`; may be repeated (default: all but deleted)")
	cmd.Flags().StringArrayVar(&l.where, "where", nil, "only tenants with this `label=value`; all of several must match")
	return cmd
}

func (c *cli) list(cmd *cobra.Command, l listing) error {
	filter, err := l.filter()
	if err != nil {
		return err
	}
	return c.within(cmd.Context(), func(h *rowhouse.House) error {
		tenants, err := h.Registry().List(cmd.Context(), filter)
		if err != nil {
			return err
		}
		return c.emitTenants(tenants)
	})
}

func (l listing) filter() (registry.Filter, error) {
	labels, err := parseLabels("where", l.where)
	if err != nil {
		return registry.Filter{}, err
	}
	filter := registry.Filter{Labels: labels}
	for _, name := range l.statuses {
		status := tenant.Status(name)
		if !status.Valid() {
			return filter, usagef("--status %q: use provisioning, active, read_only, suspended, deleting, deleted or failed", clip(name))
		}
		filter.Statuses = append(filter.Statuses, status)
	}
	return filter, nil
}

func (c *cli) tenantShow() *cobra.Command {
	return &cobra.Command{
		Use:               "show SLUG",
		Short:             "Show one tenant, by slug, id or domain",
		Example:           "  rowhouse tenant show acme\n  rowhouse tenant show acme.example.com --json",
		Args:              takes(1, 1),
		ValidArgsFunction: c.completeOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.within(cmd.Context(), func(h *rowhouse.House) error {
				t, err := find(cmd.Context(), h, args[0])
				if err != nil {
					return err
				}
				return c.emitTenant(t)
			})
		},
	}
}
