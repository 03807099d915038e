package tenantsql

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// CheckNamedValue lets everything through that pgx may be able to encode: it knows
// the type that the server expects, database/sql does not.
func (c *conn) CheckNamedValue(value *driver.NamedValue) error {
	if value.Name != "" {
		return fmt.Errorf("tenantsql: sql.Named(%q): %w; use $1, $2 … or pgx.NamedArgs", value.Name, errors.ErrUnsupported)
	}
	if _, out := value.Value.(sql.Out); out {
		return fmt.Errorf("tenantsql: sql.Out: %w; return values with SELECT or RETURNING", errors.ErrUnsupported)
	}
	return nil
}

// plain puts leading options of pgx before the arguments.
func plain(args []driver.NamedValue, options ...any) []any {
	all := make([]any, 0, len(options)+len(args))
	all = append(all, options...)
	for _, arg := range args {
		all = append(all, arg.Value)
	}
	return all
}

// execArgs saves the describing of a statement that has no parameters and whose rows
// nobody reads: DDL, and ORMs that write values into the text.
func execArgs(args []driver.NamedValue) []any {
	if len(args) == 0 {
		return []any{pgx.QueryExecModeExec}
	}
	return plain(args)
}
