package pipe

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Row is the first row of a result. Scan reports success only after the Sync.
type Row struct {
	rows pgx.Rows
	err  error
}

// RowOf returns the first row of rows, or an error where err is not nil.
func RowOf(rows pgx.Rows, err error) Row { return Row{rows: rows, err: err} }

// Scan reads the row; [pgx.ErrNoRows] where there is none.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if slices.ContainsFunc(dest, borrows) {
		return errBorrowed
	}
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// errBorrowed is pgx's rule too: the value would point into the buffer of a
// connection that is given back before the caller looks at it.
var errBorrowed = errors.New("pipe: QueryRow cannot scan into *pgtype.DriverBytes: use *[]byte")

func borrows(dest any) bool { _, ok := dest.(*pgtype.DriverBytes); return ok }

// ErrRows returns rows that are closed and hold only an error, as pgx's Query
// does beside its error.
func ErrRows(err error) pgx.Rows { return errRows{err} }

type errRows struct{ err error }

func (r errRows) Close()                                       {}
func (r errRows) Err() error                                   { return r.err }
func (r errRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (r errRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (r errRows) Next() bool                                   { return false }
func (r errRows) Scan(...any) error                            { return r.err }
func (r errRows) Values() ([]any, error)                       { return nil, r.err }
func (r errRows) RawValues() [][]byte                          { return nil }
func (r errRows) Conn() *pgx.Conn                              { return nil }
func (r errRows) TypeMap() *pgtype.Map                         { return nil }
