package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rowhouse-go/rowhouse/adopt"
)

// fleetView is a fleet's report as --json shows it.
type fleetView struct {
	DryRun   bool           `json:"dry_run"`
	Adopted  []view         `json:"adopted"`
	Already  []string       `json:"already"` // schemas of tenants that an earlier run adopted
	Findings []adoptFinding `json:"findings"`
}

// adoptFleet makes a tenant of each schema.
func (c *cli) adoptFleet(ctx context.Context, adopter *adopt.Adopter, f adopt.Fleet) error {
	if f.Stamp == 0 {
		return usagef("say with --stamp VERSION which migration the schemas have; rowhouse migrate new writes the first file")
	}
	report, err := adopter.RunFleet(ctx, f)
	if err != nil {
		return err
	}
	if !f.DryRun {
		err = c.finishInit(ctx)
	}
	v := fleetView{
		DryRun: f.DryRun, Adopted: viewsOf(report.Adopted),
		Already: append([]string{}, report.Already...), Findings: findingViews(report.Findings),
	}
	if err := errors.Join(err, c.emit(v, v.human)); err != nil {
		return err
	}
	for _, one := range report.Findings {
		if one.Refused {
			return errFound
		}
	}
	return nil
}

func (v fleetView) human(w io.Writer) error {
	err := writeFindings(w, v.Findings)
	verb := "adopted"
	if v.DryRun {
		verb = "would adopt"
	}
	for _, t := range v.Adopted {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s %s: schema %s\n", verb, t.Slug, t.Schema)
		}
	}
	if err == nil && len(v.Already) > 0 {
		_, err = fmt.Fprintf(w, "%d were tenants already\n", len(v.Already))
	}
	return err
}
