package pipe

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Rows reads one result of a [Run]. It implements [pgx.Rows] without embedding
// it: a method that a later pgx adds must not pass by the tenant's door.
type Rows struct {
	inner pgx.Rows
	// finish is what to do when the rows are read; its error is the rows' error.
	finish func() error
	fields []pgconn.FieldDescription // once closed
	closed bool
	err    error
}

// errClosed is what a row of closed rows gives. Its bytes are gone: the connection
// may be reading for another tenant by now.
var errClosed = errors.New("pipe: rows are closed")

var _ pgx.Rows = (*Rows)(nil)

// Rows returns the next statement's rows. Closing them finishes the run if last
// is true.
func (r *Run) Rows(last bool) (*Rows, error) {
	reader, err := r.Next()
	if err != nil {
		return nil, err
	}
	rows := &Rows{inner: pgx.RowsFromResultReader(r.conn.TypeMap(), reader)}
	rows.finish = func() error {
		r.fail(rows.inner.Err())
		if last {
			return r.Finish()
		}
		return r.err
	}
	return rows, nil
}

// Close reads what is left, up to the Sync, and frees the connection.
func (r *Rows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.inner.Close()
	r.fields = slices.Clone(r.inner.FieldDescriptions())
	r.err = r.finish()
}

// Err returns the error of the rows or of the Sync after them.
func (r *Rows) Err() error {
	if !r.closed {
		return r.inner.Err()
	}
	return r.err
}

// CommandTag is available after the rows are closed.
func (r *Rows) CommandTag() pgconn.CommandTag { return r.inner.CommandTag() }

// FieldDescriptions describes the columns, also after the rows are closed.
func (r *Rows) FieldDescriptions() []pgconn.FieldDescription {
	if r.closed {
		return r.fields
	}
	return r.inner.FieldDescriptions()
}

// Next goes to the next row and closes the rows after the last one.
func (r *Rows) Next() bool {
	if r.closed {
		return false
	}
	if r.inner.Next() {
		return true
	}
	r.Close()
	return false
}

// Scan reads the current row and closes the rows on an error.
func (r *Rows) Scan(dest ...any) error {
	if r.closed {
		return errClosed
	}
	if len(dest) == 1 {
		if scanner, ok := dest[0].(pgx.RowScanner); ok {
			// The scanner gets these rows, not the ones underneath.
			return r.closeOn(scanner.ScanRow(r))
		}
	}
	return r.closeOn(r.inner.Scan(dest...))
}

func (r *Rows) closeOn(err error) error {
	if err != nil {
		r.Close()
		if r.err == nil {
			r.err = err
		}
	}
	return err
}

// Values returns the current row decoded.
func (r *Rows) Values() ([]any, error) {
	if r.closed {
		return nil, errClosed
	}
	values, err := r.inner.Values()
	return values, r.closeOn(err)
}

// RawValues returns the current row as it came, and nil once the rows are closed. The
// bytes are good until Next or Close.
func (r *Rows) RawValues() [][]byte {
	if r.closed {
		return nil
	}
	return r.inner.RawValues()
}

// Conn returns nil: a connection outside its pipeline has no tenant.
func (r *Rows) Conn() *pgx.Conn { return nil }

// TypeMap returns the types that the values are decoded with.
func (r *Rows) TypeMap() *pgtype.Map { return r.inner.TypeMap() }
