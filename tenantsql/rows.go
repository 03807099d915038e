package tenantsql

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// errShape: the door announced other columns than it delivers.
var errShape = errors.New("tenantsql: row does not fit its description")

// rows hands pgx's rows to database/sql, one ahead.
type rows struct {
	inner pgx.Rows
	// fields and types are kept apart from inner: once its last row is read the
	// connection belongs to somebody else, who overwrites its descriptions and loads
	// types of another tenant.
	fields []pgconn.FieldDescription
	types  *pgtype.Map
	decode []decoder
	ahead  bool // inner stands on a row that Next has not delivered
}

// firstRow goes to the first row. An error closes the rows. types names the columns'
// types.
func firstRow(inner pgx.Rows, types *pgtype.Map) (*rows, error) {
	r := &rows{inner: inner, fields: slices.Clone(inner.FieldDescriptions()), types: types}
	r.ahead = inner.Next()
	if r.ahead {
		r.decode = decoders(inner.TypeMap(), r.fields)
		return r, nil
	}
	inner.Close()
	if err := inner.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

// Next decodes the next row into dest.
func (r *rows) Next(dest []driver.Value) error {
	if !r.ahead && !r.inner.Next() {
		if err := r.inner.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	r.ahead = false
	values := r.inner.RawValues()
	if len(values) != len(r.fields) {
		return fmt.Errorf("%w: %d values for %d columns", errShape, len(values), len(r.fields))
	}
	for i, raw := range values {
		if raw == nil {
			dest[i] = nil
			continue
		}
		var err error
		if dest[i], err = r.decode[i](raw); err != nil {
			return fmt.Errorf("tenantsql: decode column %s: %w", r.fields[i].Name, err)
		}
	}
	return nil
}

// Close reads to the end of the statement: only there it has succeeded.
func (r *rows) Close() error {
	r.inner.Close()
	return r.inner.Err()
}

// Columns returns the names of the columns.
func (r *rows) Columns() []string {
	names := make([]string, len(r.fields))
	for i, field := range r.fields {
		names[i] = field.Name
	}
	return names
}
