// Package sqlstep brings the project's own tables up to date: small ordered
// steps, embedded in the program, applied in one transaction of the caller's. It
// is not for tenants' migrations; package migrate does those.
package sqlstep

import (
	"context"
	"fmt"
)

// Tx is a transaction on a database that keeps a table of applied steps.
// [Postgres] makes one; another engine brings its own.
type Tx interface {
	// Lock makes every other program that applies steps wait until this
	// transaction ends, and makes the table of steps where there is none.
	Lock(ctx context.Context) error
	// Version returns how many steps of a component were applied.
	Version(ctx context.Context, component string) (int, error)
	// Exec runs a script of statements without parameters.
	Exec(ctx context.Context, script string) error
	// Record notes that a component's step was applied.
	Record(ctx context.Context, component string, version int) error
}

// NewerError says that the database has steps that this program does not know.
type NewerError struct {
	Component string
	Database  int // steps applied
	Program   int // steps known
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the database's %s tables are at step %d and this program knows %d: upgrade rowhouse",
		e.Component, e.Database, e.Program)
}

// Apply runs the steps of a component that the database lacks, in order, and
// returns how many those were. Step number one is steps[0]. Applying again does
// nothing; a database that is ahead is a [*NewerError]. After an error the
// transaction must be rolled back.
func Apply(ctx context.Context, tx Tx, component string, steps []string) (applied int, err error) {
	if err := tx.Lock(ctx); err != nil {
		return 0, fmt.Errorf("sqlstep: lock: %w", err)
	}
	at, err := tx.Version(ctx, component)
	if err != nil {
		return 0, fmt.Errorf("sqlstep: read the version of %s: %w", component, err)
	}
	if at > len(steps) {
		return 0, &NewerError{Component: component, Database: at, Program: len(steps)}
	}
	for n := at + 1; n <= len(steps); n++ {
		if err := apply(ctx, tx, component, n, steps[n-1]); err != nil {
			return 0, fmt.Errorf("sqlstep: %s step %d: %w", component, n, err)
		}
	}
	return len(steps) - at, nil
}

func apply(ctx context.Context, tx Tx, component string, version int, script string) error {
	if err := tx.Exec(ctx, script); err != nil {
		return err
	}
	return tx.Record(ctx, component, version)
}
