package sqlitedoor

import (
	"context"
	"database/sql/driver"
	"errors"

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
}

// Close ends the transaction: it is committed, unless the caller has gone.
func (r *committing) Close() error {
	err := errors.Join(r.fullRows.Close(), r.ctx.Err())
	if err != nil {
		return coded(errors.Join(err, r.session.Rollback()))
	}
	return coded(r.session.Commit(r.ctx))
}
