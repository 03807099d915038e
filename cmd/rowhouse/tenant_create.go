package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const createExample = `  rowhouse tenant create acme
  rowhouse tenant create acme --name 'Acme Inc.' --domain acme.example.com --set color=#c00 --label plan=pro
  rowhouse tenant create one two three --label ring=canary
  rowhouse tenant create hooli --isolation database`

// newTenant is the flags of tenant create.
type newTenant struct {
	name, isolation       string
	server                string
	domains, sets, labels []string
}

func (c *cli) tenantCreate() *cobra.Command {
	var n newTenant
	cmd := &cobra.Command{
		Use:   "create SLUG...",
		Short: "Make tenants: record, home, tables",
		Long: `Make tenants: the record, a home at their isolation level (rows, a schema, a database
or a silo) and its tables at the newest migration.

A create that was killed or that failed is finished by creating the same slug
again. While migrations are pending no tenant is made.`,
		Example: createExample,
		Args:    takes(1, -1),
		RunE:    func(cmd *cobra.Command, slugs []string) error { return c.create(cmd, slugs, n) },
	}
	flags := cmd.Flags()
	flags.StringVar(&n.name, "name", "", "the `name` that people read (default: the slug)")
	flags.StringArrayVar(&n.domains, "domain", nil, "a `host` that leads to the tenant; may be repeated, the first is primary")
	flags.StringVar(&n.isolation, "isolation", "", "the isolation `level`: row, schema, database or silo (default: the configuration's)")
	flags.StringVar(&n.server, "server", "", "the `name` of the configured server that it lives on (default: main)")
	flags.StringArrayVar(&n.sets, "set", nil, "a setting, `key=value`; the value is JSON if it can be")
	flags.StringArrayVar(&n.labels, "label", nil, "a `label=value` to select tenants by")
	return cmd
}

func (c *cli) create(cmd *cobra.Command, slugs []string, n newTenant) error {
	plan, err := n.plan(len(slugs))
	if err != nil {
		return err
	}
	return c.within(cmd.Context(), func(h *rowhouse.House) error {
		if cmp.Or(plan.Isolation, c.silos.config.Isolation) == tenant.Silo {
			if err := c.silos.startable(); err != nil {
				return err
			}
		}
		return c.eachName(slugs, "created", func(slug string) (*tenant.Tenant, error) {
			one := plan
			one.Slug = slug
			t, err := h.Lifecycle().Create(cmd.Context(), one)
			return c.restack(cmd.Context(), h, t, err)
		})
	})
}

// plan checks the flags and returns the tenants to be, but for their slugs.
func (n newTenant) plan(count int) (lifecycle.New, error) {
	if count > 1 && (n.name != "" || len(n.domains) > 0) {
		return lifecycle.New{}, usagef("--name and --domain belong to one tenant: create them one by one")
	}
	level, err := parseLevel(n.isolation)
	if err != nil {
		return lifecycle.New{}, err
	}
	if level == tenant.Silo && n.server != "" {
		return lifecycle.New{}, usagef("--server is for tenants of other levels: a silo has a server of its own")
	}
	settings, err := parseSettings(n.sets)
	if err != nil {
		return lifecycle.New{}, err
	}
	labels, err := parseLabels("label", n.labels)
	if err != nil {
		return lifecycle.New{}, err
	}
	return lifecycle.New{Name: n.name, Domains: n.domains, Isolation: level, Server: n.server, Settings: settings, Labels: labels}, nil
}

// parseLevel reads a level; empty is the configuration's.
func parseLevel(name string) (tenant.Level, error) {
	if level := tenant.Level(name); name == "" || level.Valid() {
		return level, nil
	}
	return "", usagef("there is no isolation level %q: use row, schema, database or silo", clip(name))
}
