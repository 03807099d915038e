package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// fleet is the flags that say which tenants a command applies to.
type fleet struct {
	slugs   []string
	where   []string
	all     bool
	dryRun  bool
	workers int
}

// flags adds --tenant, --where, --dry-run and --workers.
func (f *fleet) flags(cmd *cobra.Command, c *cli, workers int) {
	flags := cmd.Flags()
	flags.StringSliceVarP(&f.slugs, "tenant", "t", nil, "only this `SLUG`; may be repeated")
	flags.StringArrayVar(&f.where, "where", nil, "only tenants with this `label=value`; all of several must match")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would be done, and do nothing")
	flags.IntVar(&f.workers, "workers", workers, "this `number` of tenants at a time")
	_ = cmd.RegisterFlagCompletionFunc("tenant", c.completeSlugs)
}

// explicitly adds --all, for commands that never mean all by saying nothing.
func (f *fleet) explicitly(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.all, "all", false, "all tenants that are served")
}

// chosen checks the flags of a command that has --all.
func (f *fleet) chosen(cmd *cobra.Command) error {
	kinds := 0
	for _, given := range []bool{f.all, len(f.slugs) > 0, len(f.where) > 0} {
		if given {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		return usagef("%s: only one of --all, --tenant, --where", cmd.CommandPath())
	case kinds == 0:
		return usagef("%s: say which tenants with --tenant SLUG, --where label=value or --all", cmd.CommandPath())
	}
	return nil
}

// filter returns what the flags select. A slug that nobody has is an error, so that
// a typing mistake does not pass for nothing to do.
func (f *fleet) filter(ctx context.Context, h *rowhouse.House) (registry.Filter, error) {
	named, err := f.named(ctx, h)
	if err != nil {
		return registry.Filter{}, err
	}
	labels, err := parseLabels("where", f.where)
	if err != nil {
		return registry.Filter{}, err
	}
	filter := registry.Filter{Labels: labels}
	for _, t := range named {
		filter.IDs = append(filter.IDs, t.ID)
	}
	return filter, nil
}

func (f *fleet) named(ctx context.Context, h *rowhouse.House) ([]*tenant.Tenant, error) {
	if f.workers < 1 {
		return nil, usagef("--workers must be at least 1")
	}
	tenants := make([]*tenant.Tenant, 0, len(f.slugs))
	for _, slug := range f.slugs {
		t, err := find(ctx, h, slug)
		if err != nil {
			return nil, err
		}
		tenants = append(tenants, t)
	}
	return tenants, nil
}

// tenants lists what the flags select among the tenants in one of statuses. One that
// is named and in none of them is an error.
func (f *fleet) tenants(ctx context.Context, h *rowhouse.House, statuses ...tenant.Status) ([]*tenant.Tenant, error) {
	filter, err := f.filter(ctx, h)
	if err != nil {
		return nil, err
	}
	all := filter
	all.Statuses = statuses
	tenants, err := h.Registry().List(ctx, all)
	if err != nil || len(filter.IDs) == len(tenants) {
		return tenants, err
	}
	return tenants, f.outside(ctx, h, statuses)
}

func (f *fleet) outside(ctx context.Context, h *rowhouse.House, statuses []tenant.Status) error {
	named, err := f.named(ctx, h)
	if err != nil {
		return err
	}
	for _, t := range named {
		if !slices.Contains(statuses, t.Status) {
			return &tenant.StatusError{Slug: t.Slug, Status: t.Status}
		}
	}
	return nil
}
