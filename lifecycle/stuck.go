package lifecycle

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/isolation"
)

// StuckError is a table from which a tenant's rows cannot be deleted: a trigger keeps
// them, puts others in their place, or must not be fired. What was deleted before stays so; a rerun goes on.
type StuckError struct {
	Table  string // with its schema, quoted where that is needed
	Reason string // names the triggers, and says what to do
	Err    error  // the server's; nil where the rows are put back
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("rows of table %s cannot be deleted: %s", e.Table, e.Reason)
}

// Unwrap returns the server's error.
func (e *StuckError) Unwrap() error { return e.Err }

// stuck tells a batch that deletes nothing from other errors.
func stuck(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == isolation.StateStuck {
		return &StuckError{Table: pg.TableName, Reason: pg.Message, Err: err}
	}
	return err
}
