package sqlitedoor

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
)

// fullRows is what the driver's rows can do.
type fullRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// inside are the rows of a statement in a transaction.
type inside struct {
	fullRows
	tx *tx
}

// Next ends the transaction with an error, as one does that comes before all rows.
func (r *inside) Next(row []driver.Value) error {
	err := r.fullRows.Next(row)
	if errors.Is(err, io.EOF) {
		return err
	}
	return r.tx.after(err)
}

// Close may be what tells of an error.
func (r *inside) Close() error { return r.tx.after(r.fullRows.Close()) }

// committing are the rows of a statement that is a transaction of its own.
type committing struct {
	fullRows
	ctx     context.Context
	session *sqlite.Session
	failed  error
	ended   bool
}

// Next commits when all rows are read: database/sql keeps to itself what closing gives
// then, and a deferred constraint fails only there.
func (r *committing) Next(row []driver.Value) error {
	err := r.fullRows.Next(row)
	if !errors.Is(err, io.EOF) {
		r.failed = err
		return coded(err)
	}
	if err := r.Close(); err != nil {
		return err
	}
	return io.EOF
}

// Close ends the transaction: it is committed, unless a row failed or the caller has
// gone.
func (r *committing) Close() error {
	if r.ended {
		return nil
	}
	r.ended = true
	if err := errors.Join(r.fullRows.Close(), r.failed); err != nil {
		return coded(errors.Join(err, r.session.Rollback()))
	}
	return coded(r.session.Commit(r.ctx))
}
