package tenantsql

import (
	"database/sql/driver"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// header is what PostgreSQL adds to a length or a precision in a type's modifier.
const header = 4

var (
	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
	_ driver.RowsColumnTypeLength           = (*rows)(nil)
	_ driver.RowsColumnTypePrecisionScale   = (*rows)(nil)
	_ driver.RowsColumnTypeScanType         = (*rows)(nil)
)

// ColumnTypeDatabaseTypeName returns the type's name in upper case, or its OID as
// digits where it is not one of PostgreSQL's own.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	oid := r.fields[i].DataTypeOID
	if known, ok := r.types.TypeForOID(oid); ok {
		return strings.ToUpper(known.Name)
	}
	return strconv.FormatUint(uint64(oid), 10)
}

// ColumnTypeLength returns the most characters, bytes or bits of types with a
// variable length.
func (r *rows) ColumnTypeLength(i int) (int64, bool) {
	modifier := int64(r.fields[i].TypeModifier)
	switch r.fields[i].DataTypeOID {
	case pgtype.TextOID, pgtype.ByteaOID:
		return math.MaxInt64, true
	case pgtype.VarcharOID, pgtype.BPCharOID:
		return modifier - header, true
	case pgtype.VarbitOID:
		return modifier, true
	}
	return 0, false
}

// ColumnTypePrecisionScale returns the declared digits of a numeric.
func (r *rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	if r.fields[i].DataTypeOID != pgtype.NumericOID {
		return 0, 0, false
	}
	modifier := int64(r.fields[i].TypeModifier - header)
	return modifier >> 16 & 0xffff, modifier & 0xffff, true
}

// ColumnTypeScanType returns the Go type that holds each value of the column but NULL.
func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	switch r.fields[i].DataTypeOID {
	case pgtype.BoolOID:
		return reflect.TypeFor[bool]()
	case pgtype.Int2OID:
		return reflect.TypeFor[int16]()
	case pgtype.Int4OID:
		return reflect.TypeFor[int32]()
	case pgtype.Int8OID:
		return reflect.TypeFor[int64]()
	case pgtype.Float4OID:
		return reflect.TypeFor[float32]()
	case pgtype.Float8OID, pgtype.NumericOID:
		return reflect.TypeFor[float64]()
	case pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID:
		return reflect.TypeFor[time.Time]()
	case pgtype.ByteaOID:
		return reflect.TypeFor[[]byte]()
	}
	return reflect.TypeFor[string]()
}
