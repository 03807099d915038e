package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse/doctor"
)

func (c *cli) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong, with a remedy each; exit code 4 if anything is",
		Long: `Look for what is wrong: server, privileges, pooler, tenants and their schemas,
migrations, hosts. It changes nothing.

Exit code 4 where there is a warning or a problem; notes alone do not count.`,
		Example: "  rowhouse doctor\n  rowhouse doctor --json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := c.settings()
			if err != nil {
				return err
			}
			if err := needPostgres(config, "doctor"); err != nil {
				return err
			}
			c.findSilos(cmd.Context(), &config)
			findings, err := doctor.Check(cmd.Context(), config)
			if err != nil {
				return err
			}
			return c.emitFindings(findings)
		},
	}
}

func (c *cli) emitFindings(findings []doctor.Finding) error {
	err := c.emit(findings, func(w io.Writer) error {
		for _, f := range findings {
			if err := writeFinding(w, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range findings {
		if f.Severity != doctor.Note {
			return errFound
		}
	}
	c.say("nothing is wrong")
	return nil
}

func writeFinding(w io.Writer, f doctor.Finding) error {
	severity := string(f.Severity)
	if colours(w) {
		severity = severityColour(f.Severity) + severity + plain
	}
	_, err := fmt.Fprintf(w, "%s: %s: %s\n    %s\n", severity, visible(f.Object), visible(f.What), visible(f.Remedy))
	return err
}

func severityColour(s doctor.Severity) string {
	switch s {
	case doctor.Problem:
		return red
	case doctor.Warning:
		return yellow
	}
	return faint
}
