package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// askEngine is ask through database/sql, for tenants that are not on PostgreSQL.
func askEngine(ctx context.Context, db *sql.DB, s statement) (a answer, err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: !s.write})
	if err != nil {
		return a, err
	}
	defer func() { _ = tx.Rollback() }()
	rows, err := tx.QueryContext(ctx, s.text)
	if err != nil {
		return a, err
	}
	if a, err = readRows(rows); err != nil {
		return a, err
	}
	if len(a.columns) == 0 {
		var n int64
		if err := tx.QueryRowContext(ctx, "SELECT changes()").Scan(&n); err != nil {
			return a, err
		}
		verb, _, _ := strings.Cut(strings.TrimSpace(s.text), " ")
		a.tag = fmt.Sprintf("%s %d", strings.ToUpper(verb), n)
	}
	if err := tx.Commit(); err != nil {
		return a, fmt.Errorf("commit: %w", err)
	}
	return a, nil
}

func readRows(rows *sql.Rows) (a answer, err error) {
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return a, err
	}
	for _, c := range columns {
		a.columns = append(a.columns, pgconn.FieldDescription{Name: c.Name(), DataTypeOID: pgtype.TextOID})
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return a, err
		}
		for i, c := range columns {
			if n, is := values[i].(int64); is && strings.EqualFold(c.DatabaseTypeName(), "boolean") {
				values[i] = n != 0
			}
		}
		a.rows = append(a.rows, a.texts(values))
	}
	a.tag = fmt.Sprintf("SELECT %d", len(a.rows))
	return a, rows.Err()
}

// texts writes a row's values as people read them, and notes what the columns hold: a
// column of SQLite has no type, its values do.
func (a *answer) texts(values []any) []*string {
	row := make([]*string, len(values))
	for i, v := range values {
		oid := uint32(pgtype.TextOID)
		switch v := v.(type) {
		case nil:
			continue
		case int64:
			oid, row[i] = pgtype.Int8OID, new(fmt.Sprint(v))
		case float64:
			oid, row[i] = pgtype.Float8OID, new(fmt.Sprint(v))
		case bool:
			oid, row[i] = pgtype.BoolOID, new(fmt.Sprint(v)[:1])
		case []byte:
			row[i] = new(`\x` + hex.EncodeToString(v))
		case time.Time:
			row[i] = new(v.Format(time.RFC3339Nano))
		default:
			row[i] = new(fmt.Sprint(v))
		}
		a.columns[i].DataTypeOID = oid
	}
	return row
}
