package isolation

import (
	"context"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// ErrBusy: a transaction writes to the tenant's data and does not end.
var ErrBusy = errors.New("the tenant's data are being written to")

// ErrLedgerMoved: another run was at the target since its ledger was read. Read it
// again; nothing has run.
var ErrLedgerMoved = errors.New("another run was here since the ledger was read")

// Ledgers keeps what each target has applied, where that is not PostgreSQL. A nil
// tenant is the shared scope.
type Ledgers interface {
	// Entries returns a target's entries by version. A tenant that is not at its
	// placement is a [tenant.ErrMoved].
	Entries(ctx context.Context, t *tenant.Tenant) ([]Entry, error)
	// Change applies steps, or takes them back, in one transaction together with
	// their entries. Errors: [ErrLedgerMoved]; [tenant.ErrMoved]; a
	// [*StatementError] for a statement that failed.
	Change(ctx context.Context, t *tenant.Tenant, c Change) error
}

// Rollouts remembers which states of the tenants' migrations all tenants have, and
// the gate that keeps tenants from being made while one is recorded.
type Rollouts interface {
	Rollouts(ctx context.Context) ([]Rollout, error)
	AddRollout(ctx context.Context, r Rollout) error
	// ForgetRollouts removes those of this head and of later ones.
	ForgetRollouts(ctx context.Context, head int64) error
	// Gate waits for the gate, to share it or to have it alone.
	Gate(ctx context.Context, alone bool) (release func(), err error)
}

// Entry is a migration that a target has.
type Entry struct {
	Version  int64
	Checksum string
}

// Rollout is a state of the tenants' migrations: the newest version, and how many
// there are.
type Rollout struct {
	Head  int64
	Files int
}

// Change is what one transaction does to a target.
type Change struct {
	Applied int // entries that the target has, as the caller knows
	Steps   []Step
}

// Step is one migration, applied or with Back taken back.
type Step struct {
	Version  int64
	Name     string
	Checksum string
	SQL      []string
	Back     bool
}

// StatementError says which statement of a [Change] failed; both count from 0.
type StatementError struct {
	Step, Statement int
	Err             error
}

func (e *StatementError) Error() string {
	return fmt.Sprintf("step %d, statement %d: %v", e.Step+1, e.Statement+1, e.Err)
}

// Unwrap returns the engine's error.
func (e *StatementError) Unwrap() error { return e.Err }
