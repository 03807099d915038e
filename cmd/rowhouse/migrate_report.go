package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// reportView is a run as --json shows it: the last line of the stream.
type reportView struct {
	Event   string        `json:"event"` // summary
	DryRun  bool          `json:"dry_run"`
	Counts  countsView    `json:"counts"` // of targets
	Seconds float64       `json:"seconds"`
	Shared  []outcomeView `json:"shared"` // one for each database that has shared tables
	Tenants []outcomeView `json:"tenants"`
	Skipped []skippedView `json:"skipped"`
}

type countsView struct {
	Changed    int `json:"changed"`
	Unchanged  int `json:"unchanged"`
	Failed     int `json:"failed"`
	NotStarted int `json:"not_started"`
	Skipped    int `json:"skipped"`
}

type outcomeView struct {
	Slug    string   `json:"slug,omitempty"`
	Version int64    `json:"version"`
	Done    []string `json:"done"`   // files; in a dry run what would be done
	Result  string   `json:"result"` // changed, unchanged, failed or not started
	Error   string   `json:"error"`
}

type skippedView struct {
	Slug   string `json:"slug"`
	Reason string `json:"reason"`
}

func viewOfReport(r *migrate.Report) reportView {
	v := reportView{
		Event: "summary", DryRun: r.DryRun, Counts: viewOfCounts(r.Counts(), len(r.Skipped)), Seconds: r.Took.Seconds(),
		Shared: []outcomeView{}, Tenants: []outcomeView{}, Skipped: []skippedView{},
	}
	for _, o := range r.Outcomes {
		if o.Tenant == nil {
			v.Shared = append(v.Shared, viewOfOutcome(o))
		} else {
			v.Tenants = append(v.Tenants, viewOfOutcome(o))
		}
	}
	for _, s := range r.Skipped {
		v.Skipped = append(v.Skipped, skippedView{s.Tenant.Slug, s.Reason})
	}
	return v
}

func viewOfCounts(n migrate.Counts, skipped int) countsView {
	return countsView{n.Done, n.Unchanged, n.Failed, n.NotStarted, skipped}
}

func viewOfOutcome(o migrate.Outcome) outcomeView {
	v := outcomeView{Version: o.Version, Done: []string{}, Result: o.Result(), Error: textOfError(o.Err)}
	if o.Tenant != nil {
		v.Slug = o.Tenant.Slug
	}
	for _, m := range o.Done {
		v.Done = append(v.Done, m.String())
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
func (c *cli) emitReport(r *migrate.Report, did string, failed bool) error {
	for _, s := range r.Skipped {
		c.warn("skipped %s: it %s", s.Tenant.Slug, s.Reason)
	}
	if c.json {
		return c.line(viewOfReport(r))
	}
	if err := writeChanged(c.out, r, did); err != nil {
		return err
	}
	if n := r.Counts(); n.Done+n.Failed+n.NotStarted > 0 {
		c.say("%s; took %v", summaryOf(r), r.Took.Round(time.Millisecond))
	} else if !failed {
		c.say("nothing to do")
	}
	return nil
}

func writeChanged(w io.Writer, r *migrate.Report, did string) error {
	if r.DryRun {
		did = "would be " + did
	}
	for _, o := range r.Changed() {
		if _, err := fmt.Fprintf(w, "%s: %s %s\n", o.Label(), did, fileNames(o.Done)); err != nil {
			return err
		}
	}
	return nil
}

// summaryOf counts for people: the tenants apart from the shared tables, of which there
// are some in each database.
func summaryOf(r *migrate.Report) string {
	var parts []string
	shared := r.CountsOf(migrate.Shared)
	switch text := viewOfCounts(shared, 0).String(); {
	case shared.Total() == 1:
		parts = append(parts, "shared tables "+strings.TrimPrefix(text, "1 "))
	case text != "":
		parts = append(parts, "shared tables of databases: "+text)
	}
	if text := viewOfCounts(r.CountsOf(migrate.Tenant), len(r.Skipped)).String(); text != "" {
		parts = append(parts, tenantsOf(r)+": "+text)
	}
	return strings.Join(parts, "; ")
}

// tenantsOf is what a report counts as tenants: those who share tables are one member.
func tenantsOf(r *migrate.Report) string {
	for _, o := range r.Outcomes {
		if o.Tenant != nil && o.Tenant.Placement.Level == tenant.Row {
			return "tenants (those who share tables are one)"
		}
	}
	return "tenants"
}

// String leaves out what is zero.
func (n countsView) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{n.Changed, "changed"}, {n.Unchanged, "unchanged"}, {n.Failed, "failed"}, {n.NotStarted, "not started"}, {n.Skipped, "skipped"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

func fileNames(migrations []*migrate.Migration) string {
	names := make([]string, 0, len(migrations))
	for _, m := range migrations {
		names = append(names, m.String())
	}
	return strings.Join(names, ", ")
}
