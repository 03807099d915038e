package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func (c *cli) tenantCommand() *cobra.Command {
	return group("tenant", "Make, show, change and delete tenants",
		c.tenantCreate(), c.tenantList(), c.tenantShow(), c.tenantEdit(), c.tenantRename(), c.tenantEvents(),
		c.tenantStatus("suspend", "suspended", "Stop serving tenants; nothing is lost", (*lifecycle.Manager).Suspend),
		c.tenantStatus("resume", "resumed", "Serve suspended or read-only tenants again", (*lifecycle.Manager).Resume),
		c.tenantStatus("read-only", "made read-only", "Make the database refuse tenants' writes", (*lifecycle.Manager).ReadOnly),
		c.tenantReset(), c.tenantDelete(), c.tenantRestore(), c.tenantSync(),
	)
}

// change is an operation of the lifecycle on one tenant.
type change func(*lifecycle.Manager, context.Context, tenant.ID) (*tenant.Tenant, error)

// tenantStatus returns a command that gives tenants another status.
func (c *cli) tenantStatus(verb, did, short string, do change) *cobra.Command {
	return &cobra.Command{
		Use:               verb + " SLUG...",
		Short:             short,
		Example:           fmt.Sprintf("  rowhouse tenant %s acme\n  rowhouse tenant %[1]s acme initech --json", verb),
		Args:              takes(1, -1),
		ValidArgsFunction: c.completeSlugs,
		RunE: func(cmd *cobra.Command, slugs []string) error {
			return c.changeTenants(cmd.Context(), slugs, did, do)
		},
	}
}

// changeTenants applies a change to each named tenant.
func (c *cli) changeTenants(ctx context.Context, names []string, did string, do change) error {
	return c.within(ctx, func(h *rowhouse.House) error {
		return c.eachName(names, did, func(name string) (*tenant.Tenant, error) {
			t, err := find(ctx, h, name)
			if err != nil {
				return nil, err
			}
			t, err = do(h.Lifecycle(), ctx, t.ID)
			return c.restack(ctx, h, t, err)
		})
	})
}

// eachName works through names and prints what became of each: one JSON object for
// one name, an array for several. One failure does not stop the others.
func (c *cli) eachName(names []string, did string, do func(name string) (*tenant.Tenant, error)) error {
	if len(names) == 1 {
		t, err := do(names[0])
		if err != nil {
			return err
		}
		return c.emitChanged(did, t)
	}
	done, failures := c.workThrough(names, did, do)
	if c.json {
		if err := c.emit(viewsOf(done), nil); err != nil {
			return err
		}
	}
	return summary(failures, len(names))
}

// workThrough reports each result as it comes. With --json they are printed in the
// end, so that meanwhile there is only progress to be seen.
func (c *cli) workThrough(names []string, did string, do func(name string) (*tenant.Tenant, error)) (done []*tenant.Tenant, failures []error) {
	bar := c.progress(did)
	defer bar.end()
	for i, name := range names {
		t, err := do(name)
		switch {
		case err != nil:
			c.warn("%s: %s", visible(clip(name)), c.explain(err))
			failures = append(failures, err)
			continue
		case c.json:
			bar.step(i+1, len(names), t.Slug)
		case !c.quiet:
			fmt.Fprintln(c.out, did, t.Slug)
		}
		done = append(done, t)
	}
	return done, failures
}

// summary turns the failures of a fleet into one error.
func summary(failures []error, total int) error {
	if len(failures) == 0 {
		return nil
	}
	return &partialError{failed: len(failures), total: total, errs: failures}
}
