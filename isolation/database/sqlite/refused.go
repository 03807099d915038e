package sqlite

import (
	"context"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
)

// RefusedError: a statement would do what a tenant's statements may not.
type RefusedError struct {
	What    string // that was refused: a statement, a name
	Instead string // what to do, or why
	Err     error  // SQLite's own; nil where it would have allowed it
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s is refused: %s", e.What, e.Instead)
}

// Unwrap returns SQLite's error.
func (e *RefusedError) Unwrap() error { return e.Err }

func refuse(what, instead string) *RefusedError { return &RefusedError{What: what, Instead: instead} }

func temporary() *RefusedError {
	return refuse("changing temporary objects", "they would stay for who uses the connection next; use WITH, or a table")
}

func reserved(name string) *RefusedError {
	return refuse("changing "+name, "names that begin with rowhouse_ are Rowhouse's; take another")
}

// explain says what the guard refused where SQLite says only that it did.
func (h *handle) explain(err error) error {
	refused := h.guard.refused
	if refused == nil || sqlitefile.Code(err) != sqlite3.SQLITE_AUTH {
		return err
	}
	return &RefusedError{What: refused.What, Instead: refused.Instead, Err: err}
}

// names refuses tables that were given one of Rowhouse's names: SQLite asks about the
// old name alone.
func (h *handle) names(ctx context.Context) error {
	if !h.guard.altered {
		return nil
	}
	h.guard.altered = false
	rows, err := h.rows(ctx, `SELECT name FROM sqlite_schema WHERE name LIKE 'rowhouse\_%' ESCAPE '\'
	AND name NOT IN ('rowhouse_ledger', 'rowhouse_home', 'rowhouse_rollouts')`)
	if err != nil || len(rows) == 0 {
		return err
	}
	return reserved(fmt.Sprint(rows[0][0]))
}
