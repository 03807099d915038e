package main

import (
	"fmt"
	"io"

	"github.com/rowhouse-go/rowhouse/adopt"
)

// adoptionView is a report as --json shows it.
type adoptionView struct {
	Tenant   view           `json:"tenant"`
	DryRun   bool           `json:"dry_run"`
	Already  bool           `json:"already"` // an earlier run did it
	Plan     []string       `json:"plan"`
	Files    []string       `json:"files"`
	Findings []adoptFinding `json:"findings"`
}

type adoptFinding struct {
	Object  string `json:"object"`
	Why     string `json:"why"`
	Refused bool   `json:"refused"`
}

func findingViews(all []adopt.Finding) []adoptFinding {
	views := []adoptFinding{}
	for _, f := range all {
		views = append(views, adoptFinding{f.Object, f.Why, f.Refused})
	}
	return views
}

func (c *cli) emitAdoption(r *adopt.Report, dryRun bool) error {
	v := adoptionView{
		Tenant: viewOf(r.Tenant), DryRun: dryRun, Already: r.Already,
		Plan: append([]string{}, r.Plan...), Files: append([]string{}, r.Files...), Findings: findingViews(r.Findings),
	}
	return c.emit(v, func(w io.Writer) error { return v.human(w) })
}

func (v adoptionView) human(w io.Writer) error {
	if v.Already {
		_, err := fmt.Fprintf(w, "%s was adopted already: schema %s\n", v.Tenant.Slug, v.Tenant.Schema)
		return err
	}
	if err := writeFindings(w, v.Findings); err != nil || !v.DryRun {
		return v.done(w, err)
	}
	for _, statement := range v.Plan {
		if _, err := fmt.Fprintln(w, statement+";"); err != nil {
			return err
		}
	}
	for _, path := range v.Files {
		if _, err := fmt.Fprintln(w, "-- would write", path); err != nil {
			return err
		}
	}
	return nil
}

func (v adoptionView) done(w io.Writer, err error) error {
	for _, path := range v.Files {
		if err == nil {
			_, err = fmt.Fprintln(w, "made", path)
		}
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "adopted %s: schema %s\n", v.Tenant.Slug, v.Tenant.Schema)
	}
	return err
}

// writeFindings prints them as comments, so that a dry run is a script.
func writeFindings(w io.Writer, all []adoptFinding) error {
	for _, f := range all {
		mark := "note"
		if f.Refused {
			mark = "refused"
		}
		if _, err := fmt.Fprintf(w, "-- %s: %s: %s\n", mark, f.Object, f.Why); err != nil {
			return err
		}
	}
	return nil
}
