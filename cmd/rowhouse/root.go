package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const about = `Rowhouse gives every customer of a Go program a home of its own in PostgreSQL
and keeps all of them migrated.

  rowhouse demo                      see it work: two tenants, one program
  rowhouse init                      prepare your own database
  rowhouse tenant create acme        make a tenant

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some tenants failed and the rest
are done, 4 a check found something.`

// root returns the whole command line.
func (c *cli) root() *cobra.Command {
	root := group("rowhouse", "Multi-tenancy for Go on PostgreSQL",
		c.demoCommand(), c.initCommand(), c.adoptCommand(), c.doctorCommand(),
		c.tenantCommand(), c.domainCommand(), c.migrateCommand(), c.driftCommand(),
		c.execCommand(), c.sqlCommand(), c.psqlCommand(),
		c.siloCommand(), c.proxyCommand(),
		c.benchCommand(), c.versionCommand(), c.completionCommand(),
	)
	root.SetHelpCommand(helpCommand())
	root.Long = about
	root.CompletionOptions.DisableDefaultCmd = true // ours refuses unknown shells
	root.SilenceErrors, root.SilenceUsage = true, true
	version := root.Flags().Bool("version", false, "print the version, as rowhouse version does")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *version {
			return c.printVersion()
		}
		return cmd.Help()
	}
	root.SetFlagErrorFunc(flagFault)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return flagsAgree(cmd) }
	c.globalFlags(root)
	return root
}

func (c *cli) globalFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&c.config, "config", "", "the configuration `file` (default rowhouse.yaml, if there is one)")
	flags.StringVar(&c.url, "database-url", "", "the main server's `URL`; wins over ROWHOUSE_DATABASE_URL, which wins over the file")
	flags.BoolVar(&c.json, "json", false, "machine output on standard output")
	flags.BoolVarP(&c.quiet, "quiet", "q", false, "say nothing but results and errors")
	flags.BoolVarP(&c.yes, "yes", "y", false, "answer yes to every question")
}

// flagsAgree refuses flags that exclude each other, before cobra does without saying
// that it is wrong usage, and numbers that mean nothing.
func flagsAgree(cmd *cobra.Command) error {
	if err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
		return usagef("%v; see %s --help", err, cmd.CommandPath())
	}
	return notNegative(cmd)
}

// group returns a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	const typos = 2 // that a suggestion forgives
	cmd := &cobra.Command{Use: use, Short: short, Args: noSuchCommand, RunE: whichCommand, SuggestionsMinimumDistance: typos}
	cmd.AddCommand(commands...)
	return cmd
}

// noSuchCommand refuses arguments: they would have been commands.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return usagef("%s has no command %q%s; see %s --help", cmd.CommandPath(), args[0], hint, cmd.CommandPath())
}

func whichCommand(cmd *cobra.Command, _ []string) error {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return usagef("%s needs a command: %s; see %s --help", cmd.CommandPath(), strings.Join(names, ", "), cmd.CommandPath())
}

// takes returns a check of the number of arguments; most below 0 means no limit.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		fault := "too many arguments"
		if len(args) < least {
			fault = "an argument is missing"
		}
		return usagef("%s: %s; see %s --help", fault, cmd.UseLine(), cmd.CommandPath())
	}
}
