package tenantpgx_test

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// A statement that one connection described is sent through another one after its
// table got a column: the application hears nothing of it.
func TestATableChangesBetweenTwoConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.openWide(t, known{w.a.ID.String(): w.a}, nil, 2)
	const all = "SELECT * FROM polls WHERE id = $1"
	columns := func() int {
		rows, err := db.Query(as(t, w.a), all, 1)
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		return len(rows.FieldDescriptions())
	}
	if n := columns(); n != 2 {
		t.Fatalf("%d columns", n)
	}
	held, err := db.Begin(as(t, w.a)) // keeps the connection that knows the statement
	if err != nil {
		t.Fatal(err)
	}
	defer held.Rollback(t.Context())
	w.admin(t, "ALTER TABLE "+w.a.Placement.Schema+".polls ADD COLUMN more int")
	if n := columns(); n != 3 {
		t.Errorf("%d columns after one was added", n)
	}
}

// What the door reads as one string is one string to the server, whatever the
// database's default is.
func TestBackslashesEndNoString(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin(t, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()); END $$")
	db := w.open(t, known{w.a.ID.String(): w.a}, nil)
	_, err := db.Exec(as(t, w.a), `SELECT 'a\', set_config('default_transaction_read_only', 'on', false) --'`)
	if !errors.Is(err, tenantpgx.ErrRefused) {
		t.Fatalf("got %v", err)
	}
	var on string
	if err := db.QueryRow(as(t, w.a), "SELECT current_setting('standard_conforming_strings')").Scan(&on); err != nil || on != "on" {
		t.Errorf("%q, %v", on, err)
	}
}

func TestAcrossFindsAMovedTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.move(t)
	db := w.open(t, d, nil)
	err := db.Across(t.Context(), []*tenant.Tenant{w.a}, func(tx *tenantpgx.AcrossTx) error {
		reads(t, tx.In(w.a), w.a)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAcrossNobodyIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, nobody := range [][]*tenant.Tenant{nil, {nil}, {w.a, nil}} {
		if err := w.db.Across(t.Context(), nobody, nil); !errors.Is(err, tenant.ErrMissing) {
			t.Errorf("%v: %v", nobody, err)
		}
	}
	err := w.db.Across(t.Context(), []*tenant.Tenant{w.a}, func(tx *tenantpgx.AcrossTx) error {
		_, err := tx.In(nil).Exec(t.Context(), "SELECT 1")
		return err
	})
	if !errors.Is(err, tenant.ErrMismatch) {
		t.Error(err)
	}
}
