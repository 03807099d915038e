package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/drift"
)

func (c *cli) driftCommand() *cobra.Command {
	return group("drift", "Find and repair tenants that are not what their migrations make",
		c.driftCheck(), c.driftRepair())
}

func (c *cli) driftCheck() *cobra.Command {
	var (
		f      fleet
		ignore []string
	)
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Compare tenants with what their migrations make; exit code 4 if any differs",
		Long: `Compare every tenant's tables, columns, constraints, indexes, triggers, policies,
functions, types … with what its migrations make. Tenants that differ in the same way
are shown together. Tables in which migration tools keep their versions do not count.`,
		Example: "  rowhouse drift check\n  rowhouse drift check --where ring=canary --json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDrift(cmd.Context(), &f, ignore, func(k *drift.Checker, o drift.Options) error {
				report, err := k.Check(cmd.Context(), o)
				if err != nil {
					return err
				}
				return c.emitDrift(report)
			})
		},
	}
	f.flags(cmd, c, 4)
	cmd.Flags().StringSliceVar(&ignore, "ignore", nil, "leave out this `table`; may be repeated")
	return cmd
}

// withDrift opens the house and its checker for one command.
func (c *cli) withDrift(ctx context.Context, f *fleet, ignore []string, run func(*drift.Checker, drift.Options) error) error {
	return c.within(ctx, func(h *rowhouse.House) error {
		filter, err := f.filter(ctx, h)
		if err != nil {
			return err
		}
		checker, err := h.Drift(ignore...)
		if err != nil {
			return err
		}
		return run(checker, drift.Options{Filter: filter, Workers: f.workers})
	})
}

// driftView is a check as --json shows it.
type driftView struct {
	Checked   int           `json:"checked"`
	Drifted   []driftedView `json:"drifted"`
	Unchecked []failedView  `json:"unchecked"`
}

type driftedView struct {
	Slug        string   `json:"slug"`
	Differences []string `json:"differences"`
}

type failedView struct {
	Slug  string `json:"slug"`
	Error string `json:"error"`
}

func viewOfDrift(r *drift.Report) driftView {
	v := driftView{Checked: r.Checked, Drifted: []driftedView{}, Unchecked: []failedView{}}
	for _, d := range r.Drifted {
		v.Drifted = append(v.Drifted, driftedView{d.Tenant.Slug, lines(d.Differences)})
	}
	for _, u := range r.Unchecked {
		v.Unchecked = append(v.Unchecked, failedView{u.Tenant.Slug, u.Err.Error()})
	}
	return v
}

func lines(differences []catalog.Difference) []string {
	out := make([]string, len(differences))
	for i, d := range differences {
		out[i] = d.String()
	}
	return out
}

func (c *cli) emitDrift(r *drift.Report) error {
	for _, s := range r.Skipped {
		c.warn("skipped %s: it %s", s.Tenant.Slug, s.Reason)
	}
	err := c.emit(viewOfDrift(r), func(w io.Writer) error {
		for _, g := range r.Groups {
			writeGroup(w, g)
		}
		for _, u := range r.Unchecked {
			fmt.Fprintf(w, "%s could not be compared: %v\n", u.Tenant.Slug, u.Err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.say("%d checked, %d drifted", r.Checked, len(r.Drifted))
	if !r.Clean() {
		return errFound
	}
	return nil
}

// writeGroup shows tenants that differ in the same way: a few by name.
func writeGroup(w io.Writer, g drift.Group) {
	const named = 5
	for i, t := range g.Tenants {
		switch {
		case i == named:
			fmt.Fprintf(w, " and %d more", len(g.Tenants)-named)
		case i < named && i > 0:
			fmt.Fprintf(w, ", %s", t.Slug)
		case i == 0:
			fmt.Fprint(w, t.Slug)
		}
	}
	fmt.Fprintln(w)
	for _, line := range lines(g.Differences) {
		fmt.Fprintf(w, "    %s\n", line)
	}
}
