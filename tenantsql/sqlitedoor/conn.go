package sqlitedoor

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/textstmt"
	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
)

// errInTx: database/sql never begins twice on a connection, callers of
// [sql.Conn.Raw] can.
var errInTx = errors.New("sqlitedoor: the connection is in a transaction already")

// conn is a virtual connection, used by one goroutine at a time. It never returns
// [driver.ErrBadConn], on which database/sql would send a statement again.
type conn struct {
	connector *connector
	tx        *tx // nil outside a transaction
}

var (
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
)

// QueryContext runs a statement. Outside a transaction closing the rows commits it.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := single(query); err != nil {
		return nil, err
	}
	if c.tx != nil {
		return c.tx.query(ctx, query, args)
	}
	s, _, err := c.connector.enter(ctx, !reads(query))
	if err != nil {
		return nil, coded(err)
	}
	rows, err := query1(ctx, s, query, args)
	if err != nil {
		return nil, coded(errors.Join(err, s.Rollback()))
	}
	return &committing{fullRows: rows, ctx: ctx, session: s}, nil
}

// ExecContext runs a statement to its end. Outside a transaction a nil error means
// that it is committed.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := single(query); err != nil {
		return nil, err
	}
	if c.tx != nil {
		return c.tx.exec(ctx, query, args)
	}
	s, _, err := c.connector.enter(ctx, !reads(query))
	if err != nil {
		return nil, coded(err)
	}
	result, err := exec1(ctx, s, query, args)
	if err != nil {
		return nil, coded(errors.Join(err, s.Rollback()))
	}
	return result, coded(s.Commit(ctx))
}

func query1(ctx context.Context, s *sqlite.Session, query string, args []driver.NamedValue) (fullRows, error) {
	rows, err := s.Conn().(driver.QueryerContext).QueryContext(ctx, query, args)
	if err != nil {
		return nil, s.Explain(err)
	}
	full, ok := rows.(fullRows)
	if !ok {
		return nil, errors.Join(errors.New("sqlitedoor: the driver's rows have no types"), rows.Close())
	}
	return full, nil
}

func exec1(ctx context.Context, s *sqlite.Session, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.Conn().(driver.ExecerContext).ExecContext(ctx, query, args)
	return result, s.Explain(err)
}

// CheckNamedValue writes times in one zone, so that as text they sort; everything else
// is database/sql's own conversion.
func (c *conn) CheckNamedValue(value *driver.NamedValue) error {
	if value.Name != "" {
		return fmt.Errorf("sqlitedoor: sql.Named(%q): %w; use $1, $2 …", value.Name, errors.ErrUnsupported)
	}
	if _, out := value.Value.(sql.Out); out {
		return fmt.Errorf("sqlitedoor: sql.Out: %w; return values with SELECT or RETURNING", errors.ErrUnsupported)
	}
	if at, is := value.Value.(time.Time); is {
		value.Value = at.UTC()
		return nil
	}
	return driver.ErrSkip
}

// PrepareContext keeps the text: who executes it says for which tenant.
func (c *conn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return textstmt.New(c, query), nil
}

// Prepare keeps the text.
func (c *conn) Prepare(query string) (driver.Stmt, error) { return textstmt.New(c, query), nil }

// IsValid reports whether the connection may be used by somebody else.
func (c *conn) IsValid() bool { return c.tx == nil }

// Close rolls back what is still open.
func (c *conn) Close() error {
	if c.tx == nil {
		return nil
	}
	return c.tx.Rollback()
}
