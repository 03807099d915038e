// Package textstmt is the prepared statement of the database/sql doors: a text, which
// is prepared for nobody. Who executes it says for which tenant.
package textstmt

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// Runner runs a text for the tenant in the context.
type Runner interface {
	driver.ExecerContext
	driver.QueryerContext
}

// Stmt is a statement's text.
type Stmt struct {
	runner Runner
	text   string
}

var (
	_ driver.StmtExecContext  = (*Stmt)(nil)
	_ driver.StmtQueryContext = (*Stmt)(nil)
)

// New returns a statement that runner runs.
func New(runner Runner, text string) *Stmt { return &Stmt{runner, text} }

// Close has nothing to free.
func (s *Stmt) Close() error { return nil }

// NumInput is -1, unknown: the number may depend on the tenant.
func (s *Stmt) NumInput() int { return -1 }

// ExecContext runs the text for the tenant in ctx.
func (s *Stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.runner.ExecContext(ctx, s.text, args)
}

// QueryContext runs the text for the tenant in ctx.
func (s *Stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.runner.QueryContext(ctx, s.text, args)
}

// Exec is a form that database/sql does not use where there is ExecContext.
func (s *Stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errNoContext("Exec") }

// Query is a form that database/sql does not use where there is QueryContext.
func (s *Stmt) Query([]driver.Value) (driver.Rows, error) { return nil, errNoContext("Query") }

func errNoContext(method string) error {
	return fmt.Errorf("%s without a context, so without a tenant: %w; use %sContext", method, errors.ErrUnsupported, method)
}
