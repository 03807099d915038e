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

// committing are the rows of a statement that is a transaction of its own.
type committing struct {
	fullRows
	ctx     context.Context
	session *sqlite.Session
	ended   bool
}

// Next commits when all rows are read: database/sql keeps to itself what closing gives
// then, and a deferred constraint fails only there.
func (r *committing) Next(row []driver.Value) error {
	err := r.fullRows.Next(row)
	if !errors.Is(err, io.EOF) {
		return coded(err)
	}
	if err := r.Close(); err != nil {
		return err
	}
	return io.EOF
}

// Close ends the transaction: it is committed, unless the caller has gone.
func (r *committing) Close() error {
	if r.ended {
		return nil
	}
	r.ended = true
	err := errors.Join(r.fullRows.Close(), r.ctx.Err())
	if err != nil {
		return coded(errors.Join(err, r.session.Rollback()))
	}
	return coded(r.session.Commit(r.ctx))
}
