package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// edits is the flags of tenant edit.
type edits struct {
	name                         string
	sets, unsets, labels, remove []string
}

func (c *cli) tenantEdit() *cobra.Command {
	var e edits
	cmd := &cobra.Command{
		Use:               "edit SLUG",
		Short:             "Change a tenant's name, settings and labels",
		Example:           "  rowhouse tenant edit acme --name 'Acme Ltd.'\n  rowhouse tenant edit acme --set limit=50 --unset beta --label plan=pro",
		Args:              takes(1, 1),
		ValidArgsFunction: c.completeOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			edit, err := e.plan(cmd)
			if err != nil {
				return err
			}
			return c.within(cmd.Context(), func(h *rowhouse.House) error {
				return c.editOne(cmd, h, args[0], edit)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&e.name, "name", "", "the `name` that people read")
	flags.StringArrayVar(&e.sets, "set", nil, "a setting, `key=value`; the value is JSON if it can be")
	flags.StringArrayVar(&e.unsets, "unset", nil, "remove the setting `key`")
	flags.StringArrayVar(&e.labels, "label", nil, "a `label=value`")
	flags.StringArrayVar(&e.remove, "unlabel", nil, "remove the `label`")
	return cmd
}

// plan checks the flags. That none is given is wrong usage.
func (e edits) plan(cmd *cobra.Command) (lifecycle.Edit, error) {
	settings, err := parseSettings(e.sets)
	if err != nil {
		return lifecycle.Edit{}, err
	}
	labels, err := parseLabels("label", e.labels)
	if err != nil {
		return lifecycle.Edit{}, err
	}
	for _, key := range e.unsets {
		settings[key] = json.RawMessage("null") // which removes it
	}
	for _, label := range e.remove {
		labels[label] = ""
	}
	edit := lifecycle.Edit{Settings: settings, Labels: labels}
	if cmd.Flags().Changed("name") {
		edit.Name = &e.name
	}
	if edit.Name == nil && len(settings)+len(labels) == 0 {
		return edit, usagef("say what to change: --name, --set, --unset, --label or --unlabel")
	}
	return edit, nil
}

func (c *cli) editOne(cmd *cobra.Command, h *rowhouse.House, name string, edit lifecycle.Edit) error {
	return c.changeOne(cmd, h, name, "edited", func(t *tenant.Tenant) (*tenant.Tenant, error) {
		return h.Lifecycle().Edit(cmd.Context(), t.ID, edit)
	})
}

// changeOne finds a tenant, changes it and says so.
func (c *cli) changeOne(cmd *cobra.Command, h *rowhouse.House, name, did string, do func(*tenant.Tenant) (*tenant.Tenant, error)) error {
	t, err := find(cmd.Context(), h, name)
	if err != nil {
		return err
	}
	t, err = do(t)
	if t, err = c.restack(cmd.Context(), h, t, err); err != nil {
		return err
	}
	return c.emitChanged(did, t)
}

func (c *cli) tenantRename() *cobra.Command {
	return &cobra.Command{
		Use:   "rename SLUG NEW",
		Short: "Change a tenant's slug",
		Long: `Change a tenant's slug. Its data stays where it is: the schema keeps the name
that it was born with, so that no other tenant ever gets it.`,
		Example:           "  rowhouse tenant rename acme acme-europe",
		Args:              takes(2, 2),
		ValidArgsFunction: c.completeOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.within(cmd.Context(), func(h *rowhouse.House) error {
				return c.changeOne(cmd, h, args[0], "renamed "+visible(clip(args[0]))+" to", func(t *tenant.Tenant) (*tenant.Tenant, error) {
					return h.Lifecycle().Rename(cmd.Context(), t.ID, args[1])
				})
			})
		},
	}
}
