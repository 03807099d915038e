package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/registry"
)

// completeSlugs offers the fleet's slugs to the shell. Where the registry does not
// answer there is nothing to offer, and no word about it.
func (c *cli) completeSlugs(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	var slugs []string
	_ = c.within(cmd.Context(), func(h *rowhouse.House) error {
		all, err := h.Registry().List(cmd.Context(), registry.Filter{})
		for _, t := range all {
			if strings.HasPrefix(t.Slug, begun) {
				slugs = append(slugs, t.Slug+"\t"+visible(t.Name))
			}
		}
		return err
	})
	return slugs, cobra.ShellCompDirectiveNoFileComp
}

// completeOne offers slugs for the first argument only.
func (c *cli) completeOne(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return c.completeSlugs(cmd, args, begun)
}
