package tenant

import (
	"errors"
	"fmt"
)

// Conditions that callers test for with [errors.Is].
var (
	// ErrMissing: the context names no tenant. Jobs, goroutines and streams must
	// carry one with [NewContext].
	ErrMissing = errors.New("no tenant in the context")
	// ErrNotFound: no tenant has this id, slug or host.
	ErrNotFound = errors.New("tenant not found")
	// ErrExists: the slug or host belongs to another tenant.
	ErrExists = errors.New("already taken")
	// ErrConflict: the record changed since it was read; read it again and retry.
	ErrConflict = errors.New("tenant was changed by somebody else")
	// ErrMismatch: a statement's context names another tenant than its transaction.
	ErrMismatch = errors.New("context and transaction name different tenants")
	// ErrMoved: the tenant's data is not where its placement says.
	ErrMoved = errors.New("tenant is not at its placement")
	// ErrStatus: the tenant's status does not allow this; [*StatusError] says which.
	ErrStatus = errors.New("tenant status does not allow this")
	// ErrReadOnlySource: the registry reads tenants from a table of the user's own
	// and cannot change them.
	ErrReadOnlySource = errors.New("this registry is read only")
)

// StatusError says which tenant's status stood in the way. It is an [ErrStatus].
type StatusError struct {
	Slug   string
	Status Status
	To     Status // the change that was refused, or "" where the tenant was to be entered
}

func (e *StatusError) Error() string {
	if e.To != "" {
		return fmt.Sprintf("tenant %s is %s and cannot become %s", e.Slug, e.Status, e.To)
	}
	return fmt.Sprintf("tenant %s is %s", e.Slug, e.Status)
}

// Is makes the error an [ErrStatus].
func (e *StatusError) Is(target error) bool { return target == ErrStatus }

// InvalidError is input that can never be right: it says what and why.
type InvalidError struct {
	Field  string // slug, host, id …
	Value  string
	Reason string // completes the sentence "slug X …"
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s %q %s", e.Field, clip(e.Value), e.Reason)
}

// clip keeps hostile input from filling a log line.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
