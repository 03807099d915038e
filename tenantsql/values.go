package tenantsql

import (
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// decoder turns one value as it came into one that database/sql scans. It keeps
// nothing of raw, which the next row overwrites.
type decoder func(raw []byte) (driver.Value, error)

// resultFormats asks for the binary format of the types that have a Go value of their
// own. All others arrive as text, also a tenant's enums, which no type map knows.
func resultFormats() pgx.QueryResultFormatsByOID {
	formats := pgx.QueryResultFormatsByOID{}
	for _, oid := range []uint32{
		pgtype.BoolOID, pgtype.ByteaOID,
		pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID,
		pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID,
		pgtype.OIDOID, pgtype.XIDOID, pgtype.CIDOID,
	} {
		formats[oid] = pgx.BinaryFormatCode
	}
	return formats
}

func decoders(types *pgtype.Map, fields []pgconn.FieldDescription) []decoder {
	all := make([]decoder, len(fields))
	for i, field := range fields {
		all[i] = decoderOf(types, field)
	}
	return all
}

// decoderOf goes by the type in the answer, never by a remembered one: two tenants'
// columns of one name may differ.
func decoderOf(types *pgtype.Map, field pgconn.FieldDescription) decoder {
	switch field.DataTypeOID {
	case pgtype.BoolOID:
		return scan[bool](types, field)
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return scan[int64](types, field)
	case pgtype.Float4OID:
		return widened(scan[float32](types, field))
	case pgtype.Float8OID:
		return scan[float64](types, field)
	case pgtype.ByteaOID, pgtype.JSONOID, pgtype.JSONBOID, pgtype.XMLOID:
		return scan[[]byte](types, field)
	case pgtype.DateOID:
		return scanValuer[pgtype.Date](types, field)
	case pgtype.TimestampOID:
		return scanValuer[pgtype.Timestamp](types, field)
	case pgtype.TimestamptzOID:
		return scanValuer[pgtype.Timestamptz](types, field)
	case pgtype.OIDOID, pgtype.XIDOID, pgtype.CIDOID:
		return scanValuer[pgtype.Uint32](types, field)
	}
	return scan[string](types, field)
}

func scan[T any](types *pgtype.Map, field pgconn.FieldDescription) decoder {
	plan := types.PlanScan(field.DataTypeOID, field.Format, new(T))
	return func(raw []byte) (driver.Value, error) {
		var value T
		err := plan.Scan(raw, &value)
		return value, err
	}
}

// scanValuer is for types with values that their Go type lacks: infinity is text.
func scanValuer[T driver.Valuer](types *pgtype.Map, field pgconn.FieldDescription) decoder {
	decode := scan[T](types, field)
	return func(raw []byte) (driver.Value, error) {
		value, err := decode(raw)
		if err != nil {
			return nil, err
		}
		return value.(driver.Valuer).Value()
	}
}

// widened makes a float32 one of the types that [driver.Value] allows.
func widened(decode decoder) decoder {
	return func(raw []byte) (driver.Value, error) {
		value, err := decode(raw)
		return float64(value.(float32)), err
	}
}
