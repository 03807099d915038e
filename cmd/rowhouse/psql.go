package main

import (
	"fmt"
	"os/exec"

	"github.com/spf13/cobra"
)

func (c *cli) psqlCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "psql SLUG [-- PSQL ARGS...]",
		Short:             "Open psql inside one tenant",
		Example:           "  rowhouse psql acme\n  rowhouse psql acme -- -c 'TABLE users'",
		Args:              takes(1, -1),
		ValidArgsFunction: c.completeOne,
		RunE:              c.psql,
	}
	cmd.Flags().SetInterspersed(false) // what follows the slug is psql's
	return cmd
}

func (c *cli) psql(cmd *cobra.Command, args []string) error {
	program, err := exec.LookPath("psql")
	if err != nil {
		return fmt.Errorf("psql is not installed: apt-get install postgresql-client, or brew install libpq: %w", err)
	}
	slug, rest := args[0], args[1:]
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	jobs, err := c.prepare(cmd.Context(), &fleet{slugs: []string{slug}, workers: 1}, program, nil)
	if err != nil {
		return err
	}
	j := jobs[0]
	prompt := j.slug + "=%x%# " // a slug holds nothing that psql would expand
	j.line = append([]string{"psql", "--set=PROMPT1=" + prompt, "--set=PROMPT2=" + j.slug + "%R%x%# "}, rest...)
	return replace(j)
}
