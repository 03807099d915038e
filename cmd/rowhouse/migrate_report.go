package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// reportView is a run as --json shows it.
type reportView struct {
	DryRun  bool          `json:"dry_run"`
	Shared  []outcomeView `json:"shared"` // one for each database that has shared tables
	Tenants []outcomeView `json:"tenants"`
	Skipped []skippedView `json:"skipped"`
}

type outcomeView struct {
	Slug    string   `json:"slug,omitempty"`
	Version int64    `json:"version"`
	Done    []string `json:"done"` // files; in a dry run what would be done
	Error   string   `json:"error"`
}

type skippedView struct {
	Slug   string `json:"slug"`
	Reason string `json:"reason"`
}

func viewOfReport(r *migrate.Report) reportView {
	v := reportView{DryRun: r.DryRun, Shared: []outcomeView{}, Tenants: []outcomeView{}, Skipped: []skippedView{}}
	for _, o := range r.Outcomes {
		one := outcomeView{Version: o.Version, Done: []string{}, Error: textOfError(o.Err)}
		for _, m := range o.Done {
			one.Done = append(one.Done, m.String())
		}
		if o.Tenant == nil {
			v.Shared = append(v.Shared, one)
			continue
		}
		one.Slug = o.Tenant.Slug
		v.Tenants = append(v.Tenants, one)
	}
	for _, s := range r.Skipped {
		v.Skipped = append(v.Skipped, skippedView{s.Tenant.Slug, s.Reason})
	}
	return v
}

func textOfError(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// emitReport prints what a run did. What failed is part of the run's error.
func (c *cli) emitReport(r *migrate.Report, did string) error {
	for _, s := range r.Skipped {
		c.warn("skipped %s: it %s", s.Tenant.Slug, s.Reason)
	}
	return c.emit(viewOfReport(r), func(w io.Writer) error {
		if r.DryRun {
			did = "would be " + did
		}
		changed := r.Changed()
		for _, o := range changed {
			if _, err := fmt.Fprintf(w, "%s: %s %s\n", o.Label(), did, fileNames(o.Done)); err != nil {
				return err
			}
		}
		if len(changed) == 0 {
			c.say("nothing to do")
		}
		return nil
	})
}

func fileNames(migrations []*migrate.Migration) string {
	names := make([]string, 0, len(migrations))
	for _, m := range migrations {
		names = append(names, m.String())
	}
	return strings.Join(names, ", ")
}
