package tenantpgx_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// A connection is somebody else's as soon as it is given back. Whatever is used after
// that must fail: it would read a stranger's rows.

func TestASavepointEndsWithItsTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tx, err := w.db.Begin(as(t, w.a))
	if err != nil {
		t.Fatal(err)
	}
	outer, err := tx.Begin(as(t, w.a))
	if err != nil {
		t.Fatal(err)
	}
	inner, err := outer.Begin(as(t, w.a))
	if err != nil {
		t.Fatal(err)
	}
	if err := outer.Rollback(as(t, w.a)); err != nil {
		t.Fatal(err)
	}
	if _, err := inner.Exec(as(t, w.a), "SELECT 1"); !errors.Is(err, pgx.ErrTxClosed) {
		t.Errorf("a savepoint in one that was rolled back: %v", err)
	}
	if err := tx.Commit(as(t, w.a)); err != nil {
		t.Fatal(err)
	}
	next, err := w.db.Begin(as(t, w.b))
	if err != nil {
		t.Fatal(err)
	}
	for _, late := range []pgx.Tx{tx, outer, inner} {
		_, queryErr := late.Query(as(t, w.a), byKey, 1)
		_, copyErr := late.CopyFrom(as(t, w.a), pgx.Identifier{"polls"}, []string{"id"}, pgx.CopyFromRows([][]any{{9}}))
		_, beginErr := late.Begin(as(t, w.a))
		for _, err := range []error{queryErr, copyErr, beginErr, late.Commit(as(t, w.a)), late.Rollback(as(t, w.a))} {
			if !errors.Is(err, pgx.ErrTxClosed) {
				t.Errorf("late: %v", err)
			}
		}
	}
	reads(t, next, w.b)
	if err := next.Commit(as(t, w.b)); err != nil {
		t.Fatal(err)
	}
	w.idle(t)
}

func TestClosedRowsHoldNoBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows, err := w.db.Query(as(t, w.a), byKey, 1)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	reads(t, w.db, w.b) // over the same connection and its buffer
	var got string
	if err := rows.Scan(&got); err == nil {
		t.Errorf("scanned %q", got)
	}
	if values, err := rows.Values(); err == nil {
		t.Errorf("values %v", values)
	}
	if raw := rows.RawValues(); raw != nil {
		t.Errorf("raw %q", raw)
	}
	if fields := rows.FieldDescriptions(); len(fields) != 1 || fields[0].Name != "question" {
		t.Errorf("fields %v", fields)
	}
	if err := w.db.QueryRow(as(t, w.a), byKey, 1).Scan(&pgtype.DriverBytes{}); err == nil {
		t.Error("QueryRow lends the connection's buffer")
	}
	w.idle(t)
}

// rewritten is a query that becomes another when it is sent.
type rewritten string

func (r rewritten) RewriteQuery(context.Context, *pgx.Conn, string, []any) (string, []any, error) {
	return string(r), nil, nil
}

func TestABatchIsReadAfterItsRewriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tx, err := w.db.Begin(as(t, w.a))
	if err != nil {
		t.Fatal(err)
	}
	for _, escape := range []rewritten{"COMMIT", rewritten("SET LOCAL search_path TO " + w.b.Placement.Schema), "CALL x()"} {
		for _, door := range []interface {
			SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
		}{w.db, tx} {
			batch := &pgx.Batch{}
			batch.Queue("SELECT 1", escape)
			if err := door.SendBatch(as(t, w.a), batch).Close(); !errors.Is(err, tenantpgx.ErrRefused) {
				t.Errorf("%s: %v", escape, err)
			}
		}
	}
	reads(t, tx, w.a)
	if err := tx.Rollback(as(t, w.a)); err != nil {
		t.Fatal(err)
	}
	w.idle(t)
}

func TestAPanicInABatchGivesTheConnectionBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := &pgx.Batch{}
	batch.Queue(byKey, 1).QueryRow(func(pgx.Row) error { panic("in a callback") })
	batch.Queue(byKey, 2)
	func() {
		defer func() { _ = recover() }()
		_ = w.db.SendBatch(as(t, w.a), batch).Close()
		t.Error("nobody panicked")
	}()
	w.idle(t)
}
