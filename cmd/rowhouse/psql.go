package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func (c *cli) psqlCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                   "psql SLUG [-- PSQL ARGS...]",
		DisableFlagsInUseLine: true, // what stands last is psql's
		Short:                 "Open psql inside one tenant",
		Example:               "  rowhouse psql acme\n  rowhouse psql acme -- -c 'TABLE users'",
		Args:                  takes(1, -1),
		ValidArgsFunction:     c.completeOne,
		RunE:                  c.psql,
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
	if j.err != nil {
		return j.err
	}
	if slices.ContainsFunc(j.env, func(v string) bool { return strings.HasPrefix(v, "DATABASE_URL="+engineSQLite+":") }) {
		return usagef("psql reaches PostgreSQL alone, and tenant %s is in an SQLite file: use rowhouse sql", visible(slug))
	}
	name := promptText(j.slug)
	j.line = append([]string{"psql", "--set=PROMPT1=" + name + "=%x%# ", "--set=PROMPT2=" + name + "%R%x%# "}, rest...)
	return replace(j)
}

// promptText is a name in psql's prompt, which runs what it finds after % between
// backquotes: a slug of the user's own table may be anything.
func promptText(name string) string {
	return strings.NewReplacer("%", "%%", "`", "").Replace(visible(name))
}
