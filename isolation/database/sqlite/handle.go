package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"

	sqlitedriver "modernc.org/sqlite"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
)

// sharedSchema is the name under which the shared file is attached.
const sharedSchema = "shared"

// handle is an open connection to one file, used by one at a time.
type handle struct {
	conn  driver.Conn
	file  string
	id    os.FileInfo // of the file that was opened
	guard *guard
}

// openHandle opens a file; with shared, that file is attached to be read.
func openHandle(ctx context.Context, file, shared string, mode sqlitefile.Mode) (*handle, error) {
	connector, err := sqlitefile.Connector(file, mode)
	if err != nil {
		return nil, err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	h := &handle{conn: conn, file: file, guard: &guard{}}
	if err := h.prepare(ctx, shared); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return h, nil
}

func (h *handle) prepare(ctx context.Context, shared string) (err error) {
	if h.id, err = os.Stat(h.file); err != nil {
		return err
	}
	if shared != "" {
		uri, err := sqlitefile.URI(shared, sqlitefile.Read)
		if err != nil {
			return err
		}
		if err := h.exec(ctx, "ATTACH "+ident.Literal(uri)+" AS "+sharedSchema); err != nil {
			return fmt.Errorf("attach the shared tables: %w", err)
		}
	}
	watched, ok := h.conn.(sqlitedriver.AuthorizerRegisterer)
	if !ok {
		return errors.New("the driver has no authorizer")
	}
	return watched.RegisterAuthorizer(h.guard.authorize)
}

// same reports whether the file's name still leads to the file that is open: somebody
// may have put a backup in its place.
func (h *handle) same() bool {
	now, err := os.Stat(h.file)
	return err == nil && os.SameFile(now, h.id)
}

// exec runs statements of Rowhouse's own.
func (h *handle) exec(ctx context.Context, sql string, args ...string) error {
	_, err := h.conn.(driver.ExecerContext).ExecContext(ctx, sql, values(args))
	return err
}

// row reads the first row of a query of Rowhouse's own; io.EOF says that there is none.
func (h *handle) row(ctx context.Context, sql string, args ...string) ([]driver.Value, error) {
	all, err := h.rows(ctx, sql, args...)
	if err == nil && len(all) == 0 {
		err = io.EOF
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// rows reads all rows of a query of Rowhouse's own.
func (h *handle) rows(ctx context.Context, sql string, args ...string) (all [][]driver.Value, err error) {
	rows, err := h.conn.(driver.QueryerContext).QueryContext(ctx, sql, values(args))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		row := make([]driver.Value, len(rows.Columns()))
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, row)
	}
}

func values(args []string) []driver.NamedValue {
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return named
}

func (h *handle) close() { _ = h.conn.Close() }
