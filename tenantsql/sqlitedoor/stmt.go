package sqlitedoor

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// stmt is a statement's text.
type stmt struct {
	conn *conn
	text string
}

var (
	_ driver.StmtExecContext  = (*stmt)(nil)
	_ driver.StmtQueryContext = (*stmt)(nil)
)

// Close has nothing to free.
func (s *stmt) Close() error { return nil }

// NumInput is -1, unknown: the number may depend on the tenant.
func (s *stmt) NumInput() int { return -1 }

// ExecContext runs the text for the tenant in ctx.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.text, args)
}

// QueryContext runs the text for the tenant in ctx.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.text, args)
}

// Exec is a form that database/sql does not use where there is ExecContext.
func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errNoContext("Exec") }

// Query is a form that database/sql does not use where there is QueryContext.
func (s *stmt) Query([]driver.Value) (driver.Rows, error) { return nil, errNoContext("Query") }

func errNoContext(method string) error {
	return fmt.Errorf("sqlitedoor: %s: %w; use %sContext", method, errors.ErrUnsupported, method)
}
