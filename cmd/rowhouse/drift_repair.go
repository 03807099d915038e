package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse/drift"
)

func (c *cli) driftRepair() *cobra.Command {
	var (
		f      fleet
		ignore []string
		o      drift.RepairOptions
	)
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Print the SQL that brings drifted tenants back, or with --yes apply it",
		Long: `Print the SQL that makes drifted tenants what their migrations make. With --yes it is
applied: one transaction for each tenant, while nobody is inside, rolled back unless
the tenant is right in the end. What no migration makes is dropped only with
--drop-extra, with the data that is in it.

Exit code 4 where there is something to apply, 3 where some tenants could not be
repaired.`,
		Example: "  rowhouse drift repair --tenant acme\n  rowhouse drift repair --yes",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDrift(cmd.Context(), &f, ignore, func(k *drift.Checker, options drift.Options) error {
				o.Options, o.Apply = options, c.yes && !f.dryRun
				report, err := k.Repair(cmd.Context(), o)
				if err != nil {
					return err
				}
				return c.emitRepairs(k, report, o.Apply)
			})
		},
	}
	f.flags(cmd, c, 4)
	cmd.Flags().StringSliceVar(&ignore, "ignore", nil, "leave out this `table`; may be repeated")
	cmd.Flags().BoolVar(&o.DropExtra, "drop-extra", false, "drop tables, columns and sequences that no migration makes, with their data")
	cmd.Flags().DurationVar(&o.LockTimeout, "lock-timeout", 10*time.Second, "how long to wait for each lock")
	return cmd
}

// repairView is a tenant's repair as --json shows it.
type repairView struct {
	Slug        string   `json:"slug"`
	Differences []string `json:"differences"`
	SQL         []string `json:"sql"`
	Refused     []string `json:"refused"`
	Applied     bool     `json:"applied"`
	Error       string   `json:"error"`
}

func viewOfRepair(r drift.Repair) repairView {
	v := repairView{Slug: r.Tenant.Slug, Differences: lines(r.Differences), SQL: r.Statements, Refused: []string{}, Applied: r.Applied}
	if v.SQL == nil {
		v.SQL = []string{}
	}
	for _, refusal := range r.Refused {
		v.Refused = append(v.Refused, refusal.String())
	}
	if r.Err != nil {
		v.Error = r.Err.Error()
	}
	return v
}

func (c *cli) emitRepairs(k *drift.Checker, r *drift.RepairReport, applied bool) error {
	views := make([]repairView, len(r.Repairs))
	for i, repair := range r.Repairs {
		views[i] = viewOfRepair(repair)
	}
	err := c.emit(views, func(w io.Writer) error {
		for i, repair := range r.Repairs {
			writeRepair(w, views[i], k.Script(repair), applied)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, u := range r.Unchecked {
		c.warn("%s could not be compared: %v", u.Tenant.Slug, u.Err)
	}
	return c.concludeRepairs(r, applied)
}

// concludeRepairs says how much was found or done, and has the exit code.
func (c *cli) concludeRepairs(r *drift.RepairReport, applied bool) error {
	failed, hopeless := r.Failed(), refusedIn(r)
	switch {
	case len(r.Repairs) == 0:
		c.say("%d checked, nothing to repair", r.Checked)
		return foundIf(len(r.Unchecked) > 0)
	case !applied && hopeless == len(r.Repairs):
		c.say("%d of %d tenants have drifted, and cannot be repaired as they are", len(r.Repairs), r.Checked)
		return errFound
	case !applied && hopeless > 0:
		c.say("%d of %d tenants have drifted, %d cannot be repaired as they are; repair the others with --yes", len(r.Repairs), r.Checked, hopeless)
		return errFound
	case !applied:
		c.say("%d of %d tenants have drifted; apply this with --yes", len(r.Repairs), r.Checked)
		return errFound
	case len(failed) > 0:
		partial := &partialError{failed: len(failed), total: len(r.Repairs)}
		for _, f := range failed {
			partial.errs = append(partial.errs, f.Err)
		}
		return partial
	}
	c.say("%d repaired", len(r.Repairs))
	return foundIf(len(r.Unchecked) > 0)
}

func foundIf(some bool) error {
	if some {
		return errFound
	}
	return nil
}

// refusedIn counts the tenants of which nothing is repaired, because something of them
// would stay as it is.
func refusedIn(r *drift.RepairReport) (n int) {
	for _, repair := range r.Repairs {
		if len(repair.Refused) > 0 {
			n++
		}
	}
	return n
}

// writeRepair shows what was done to a tenant, or the SQL that would do it.
func writeRepair(w io.Writer, v repairView, script string, applied bool) {
	switch {
	case v.Error != "":
		fmt.Fprintln(w, v.Error)
	case applied:
		fmt.Fprintf(w, "%s: repaired\n", v.Slug)
	case len(v.Refused) > 0:
		fmt.Fprintf(w, "-- %s cannot be repaired as it is\n", v.Slug)
		for _, refused := range v.Refused {
			fmt.Fprintf(w, "-- %s\n", refused)
		}
	default:
		fmt.Fprintf(w, "-- %s\n%s\n", v.Slug, script)
	}
}
