package adopt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// ErrChanged: the database was altered between the plan and the move. Nothing was
// done; run it again.
var ErrChanged = errors.New("somebody altered the database meanwhile: nothing was done, run it again")

// ErrFolder: a folder already has migrations, and nothing was said about them.
var ErrFolder = errors.New("has migrations already: say with --stamp VERSION that they make these tables, or name another folder")

// Finding is something in the database that a person should know of.
type Finding struct {
	Refused bool   // it stands in the way; otherwise it is a note
	Object  string // kind and name
	Why     string // what is wrong with it, and what to do
}

func (f Finding) String() string { return f.Object + ": " + f.Why }

// RefusedError says why a database cannot be adopted as it is. Nothing was changed.
type RefusedError struct{ Findings []Finding }

func (e *RefusedError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return "refused, nothing was changed:\n  " + strings.Join(lines, "\n  ")
}

// refusal returns an error that has all findings which stand in the way.
func refusal(all []Finding) error {
	e := &RefusedError{}
	for _, f := range all {
		if f.Refused {
			e.Findings = append(e.Findings, f)
		}
	}
	if len(e.Findings) == 0 {
		return nil
	}
	return e
}

// UnequalError: a tenant made by the migrations would not be equal to the adopted
// one. Nothing was changed.
type UnequalError struct {
	Scope       string // shared, or the tenant's slug
	Differences []catalog.Difference
}

func (e *UnequalError) Error() string {
	lines := make([]string, len(e.Differences))
	for i, d := range e.Differences {
		lines[i] = d.String()
	}
	return fmt.Sprintf("%s is not what the migrations make, nothing was changed:\n  %s", e.Scope, strings.Join(lines, "\n  "))
}

// compare returns an error where a schema is not what it should be.
func compare(scope string, want, have catalog.Schema) error {
	if d := catalog.Diff(want, have); len(d) > 0 {
		return &UnequalError{Scope: scope, Differences: d}
	}
	return nil
}
