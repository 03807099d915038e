package sqlitedoor

import (
	"errors"

	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
)

// Error is an error of SQLite under the code that PostgreSQL has for it, so that a
// program that asks for SQLState understands both.
type Error struct {
	State string // SQLSTATE
	Err   error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the driver's error.
func (e *Error) Unwrap() error { return e.Err }

// SQLState returns the code.
func (e *Error) SQLState() string { return e.State }

// coded adds the code to an error that has one.
func coded(err error) error {
	if state := stateOf(err); state != "" {
		return &Error{state, err}
	}
	return err
}

func stateOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, sqlite.ErrReadOnly):
		return "25006" // read_only_sql_transaction
	case errors.Is(err, sqlite.ErrAborted):
		return "25P02" // in_failed_sql_transaction
	case errors.Is(err, sqlite.ErrBusy):
		return "55P03" // lock_not_available
	}
	if _, refused := errors.AsType[*sqlite.RefusedError](err); refused {
		return "42501" // insufficient_privilege
	}
	e, ok := errors.AsType[*sqlitedriver.Error](err)
	if !ok {
		return ""
	}
	return map[int]string{
		sqlite3.SQLITE_CONSTRAINT_UNIQUE:     "23505",
		sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: "23505",
		sqlite3.SQLITE_CONSTRAINT_ROWID:      "23505",
		sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: "23503",
		sqlite3.SQLITE_CONSTRAINT_NOTNULL:    "23502",
		sqlite3.SQLITE_CONSTRAINT_CHECK:      "23514",
		sqlite3.SQLITE_AUTH:                  "42501",
		sqlite3.SQLITE_READONLY:              "25006",
		sqlite3.SQLITE_BUSY:                  "55P03",
	}[e.Code()]
}
