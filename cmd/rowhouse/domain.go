package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// domainChange is an operation of the lifecycle on one host of a tenant.
type domainChange func(*lifecycle.Manager, context.Context, tenant.ID, string) (*tenant.Tenant, error)

func (c *cli) domainCommand() *cobra.Command {
	return group("domain", "Lead host names to tenants",
		c.domainVerb("add", "added to", "Lead hosts to a tenant; its first one is primary", (*lifecycle.Manager).AddDomain),
		c.domainVerb("remove", "removed from", "Take hosts away from a tenant", (*lifecycle.Manager).RemoveDomain),
		c.domainPrimary(),
	)
}

func (c *cli) domainVerb(verb, did, short string, do domainChange) *cobra.Command {
	return &cobra.Command{
		Use:               verb + " SLUG HOST...",
		Short:             short,
		Example:           "  rowhouse domain " + verb + " acme www.acme.example",
		Args:              takes(2, -1),
		ValidArgsFunction: c.completeOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeDomains(cmd, args[0], args[1:], did, do)
		},
	}
}

func (c *cli) domainPrimary() *cobra.Command {
	return &cobra.Command{
		Use:               "primary SLUG HOST",
		Short:             "Make one of a tenant's hosts the primary one",
		Example:           "  rowhouse domain primary acme www.acme.example",
		Args:              takes(2, 2),
		ValidArgsFunction: c.completeOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeDomains(cmd, args[0], args[1:], "made primary of", (*lifecycle.Manager).PrimaryDomain)
		},
	}
}

func (c *cli) changeDomains(cmd *cobra.Command, name string, hosts []string, did string, do domainChange) error {
	return c.within(cmd.Context(), func(h *rowhouse.House) error {
		t, err := find(cmd.Context(), h, name)
		if err != nil {
			return err
		}
		for _, host := range hosts {
			if t, err = do(h.Lifecycle(), cmd.Context(), t.ID, host); err != nil {
				return err
			}
		}
		if t, err = c.restack(cmd.Context(), h, t, nil); err != nil {
			return err
		}
		return c.emitChanged(listed(hosts)+" "+did, t)
	})
}
