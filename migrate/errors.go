package migrate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Conditions that callers test for with [errors.Is].
var (
	// ErrPending: migrations have not been rolled out; run them, then retry.
	ErrPending = errors.New("migrations are pending")
	// ErrNoDown: the migration cannot be undone.
	ErrNoDown = errors.New("migration has no down part")
	// ErrHeldBack: a migration waits for tenants that failed or were left out.
	ErrHeldBack = errors.New("held back")
	// ErrHalted: so many tenants failed that the others were not started.
	ErrHalted = errors.New("halted")
	// ErrNoRing: no tenant is in a ring that was named.
	ErrNoRing = errors.New("unknown ring")
)

// ParseError is a migration file that cannot be used, with what to do about it.
type ParseError struct {
	File   string
	Line   int    // 0 where the file as a whole is meant
	Reason string // what is wrong and what to do
}

func (e *ParseError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
}

// OrderError is a set of "after" lines that cannot be satisfied.
type OrderError struct {
	File   string
	Reason string
}

func (e *OrderError) Error() string { return fmt.Sprintf("%s: %s", e.File, e.Reason) }

// ChangedError is a file that was changed after it had been applied.
type ChangedError struct {
	Migration string // its file
	Targets   int    // how many have the old text
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s was changed after %d target(s) had applied it: put the old text back, and write a new migration for the change",
		e.Migration, e.Targets)
}

// MissingError is a new file whose version is lower than one already applied.
type MissingError struct {
	Migration string
	Head      int64  // the version that was applied already
	Target    string // the first target concerned: a slug or "shared"
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not applied to %s, which is at %d already: give the file a higher number, or allow it with --allow-missing",
		e.Migration, e.Target, e.Head)
}

// UnknownError is an applied migration that no file describes.
type UnknownError struct{ Ref Ref }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s was applied but has no file: put the file back, or use the release that has it", e.Ref)
}

// StepError is a migration that failed on one target.
type StepError struct {
	Target    string // a slug or "shared"
	Migration string
	Line      int // in the file; 0 where it is not known
	Err       error
}

func (e *StepError) Error() string {
	switch {
	case e.Migration == "":
		return fmt.Sprintf("%s: %s", e.Target, e.cause())
	case e.Line == 0:
		return fmt.Sprintf("%s: %s: %s", e.Target, e.Migration, e.cause())
	}
	return fmt.Sprintf("%s: %s:%d: %v", e.Target, e.Migration, e.Line, e.cause())
}

// cause is the error with the server's detail, which names the row that is wrong.
func (e *StepError) cause() string {
	if pg, ok := errors.AsType[*pgconn.PgError](e.Err); ok && pg.Detail != "" {
		return fmt.Sprintf("%v: %s", e.Err, pg.Detail)
	}
	return e.Err.Error()
}

func (e *StepError) Unwrap() error { return e.Err }

// PendingError says what is behind. It is an [ErrPending].
type PendingError struct {
	Scope Scope
	Have  int64 // applied or rolled out
	Want  int64 // the newest file
}

func (e *PendingError) Error() string {
	return fmt.Sprintf("%s migrations are pending (at %d, newest is %d): run rowhouse migrate up", e.Scope, e.Have, e.Want)
}

// OlderError is a program that is behind its fleet: a newer release has migrated it.
type OlderError struct {
	Scope Scope
	Have  int64 // the program's newest file
	Fleet int64 // the newest version of the fleet
}

func (e *OlderError) Error() string {
	return fmt.Sprintf("this program is older than the fleet: its newest %s migration is %d, the fleet is at %d: upgrade it", e.Scope, e.Have, e.Fleet)
}

// Is makes the error an [ErrPending].
func (e *PendingError) Is(target error) bool { return target == ErrPending }

// PartialError is a run that some targets did not finish. The others are done; a
// rerun touches only what is left.
type PartialError struct {
	Applied []Outcome // targets that are done, with what was applied to them
	Failed  []Outcome // targets whose Err is set
	Left    []Outcome // targets that still have work and no error: the run did not get to them
	Err     error     // why the run as a whole stopped early; nil where it did not
}

func (e *PartialError) Error() string {
	const most = 5
	var b strings.Builder
	b.WriteString(e.summary())
	if e.Err != nil {
		fmt.Fprintf(&b, "; stopped: %v", e.Err)
	}
	for i, o := range e.Failed {
		if i == most {
			fmt.Fprintf(&b, "\n  and %d more", len(e.Failed)-most)
			break
		}
		fmt.Fprintf(&b, "\n  %v", o.Err)
	}
	return b.String()
}

// summary counts tenants; the shared scope is none.
func (e *PartialError) summary() string {
	failed, done, left := tenantsOf(e.Failed), tenantsOf(e.Applied), tenantsOf(e.Left)
	all := failed + done + left
	switch {
	case failed == all && all == 1:
		return "the tenant failed"
	case failed == all && all > 1:
		return fmt.Sprintf("all %d tenants failed", all)
	case left == 0:
		return fmt.Sprintf("%d of %d tenants failed, the rest are done", failed, all)
	}
	return fmt.Sprintf("%d of %d tenants failed, %d are done, %d were not finished", failed, all, done, left)
}

func tenantsOf(outcomes []Outcome) (n int) {
	for _, o := range outcomes {
		if o.Scope == Tenant {
			n++
		}
	}
	return n
}

// Unwrap gives [errors.Is] and [errors.As] every target's error.
func (e *PartialError) Unwrap() []error {
	var all []error
	if e.Err != nil {
		all = append(all, e.Err)
	}
	for _, o := range e.Failed {
		all = append(all, o.Err)
	}
	return all
}
