package tenantsql_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestAConnPinsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	conn, err := w.db.Conn(w.as(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, slug := range []string{"a", "b", "a"} {
		if got := text(t, conn, w.as(t, slug), who, 1); got != slug {
			t.Errorf("%s reads %s", slug, got)
		}
		w.idle(t) // the pool's only connection is free between statements
	}
	tx, err := conn.BeginTx(w.as(t, "b"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, tx, w.as(t, "b"), who, 1); got != "b" {
		t.Errorf("b reads %s", got)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	w.idle(t)
}

// What Raw hands out can do what a driver's connection must, and reaches nothing else.
func TestRawReachesNoPhysicalConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	raw(t, w, func(dc any) {
		kind := reflect.TypeOf(dc)
		for i := range kind.NumMethod() {
			for out := range kind.Method(i).Type.Outs() {
				if strings.Contains(out.String(), "pgx") || strings.Contains(out.String(), "pgconn") {
					t.Errorf("%s returns %s", kind.Method(i).Name, out)
				}
			}
		}
		rows, err := dc.(driver.QueryerContext).QueryContext(w.as(t, "b"), "SELECT name FROM people", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		value := make([]driver.Value, 1)
		if err := rows.Next(value); err != nil || value[0] != "b" {
			t.Errorf("%v, %v", value, err)
		}
	})
	w.idle(t)
}

func TestATransactionLeftOpenByRawIsRolledBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	raw(t, w, func(dc any) {
		ctx := w.as(t, "a")
		if _, err := dc.(driver.ConnBeginTx).BeginTx(ctx, driver.TxOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := dc.(driver.ConnBeginTx).BeginTx(ctx, driver.TxOptions{}); err == nil {
			t.Error("a second transaction on one connection")
		}
		if _, err := dc.(driver.ExecerContext).ExecContext(ctx, "DELETE FROM people", nil); err != nil {
			t.Fatal(err)
		}
	})
	if got := text(t, w.db, w.as(t, "a"), who, 1); got != "a" {
		t.Errorf("a reads %s", got)
	}
	w.idle(t)
}

func TestFormsWithoutAContextAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	raw(t, w, func(dc any) {
		stmt, err := dc.(driver.Conn).Prepare("SELECT 1")
		if err != nil {
			t.Fatal(err)
		}
		//lint:ignore SA1019 programs can still call it
		_, execErr := stmt.Exec(nil)
		//lint:ignore SA1019 programs can still call it
		_, queryErr := stmt.Query(nil)
		//lint:ignore SA1019 programs can still call it
		_, beginErr := dc.(driver.Conn).Begin()
		for _, err := range []error{execErr, queryErr, beginErr} {
			if err == nil {
				t.Error("a statement without a tenant")
			}
		}
	})
	if _, err := w.db.Driver().Open("postgres://"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("open by name: %v", err)
	}
}

func TestLimitsOfVirtualConnectionsHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.db.SetMaxOpenConns(1)
	tx := begin(t, w, "a", nil)
	ctx, cancel := context.WithCancel(w.as(t, "a"))
	cancel()
	if err := w.db.QueryRowContext(ctx, "SELECT 1").Scan(new(int)); !errors.Is(err, context.Canceled) {
		t.Errorf("no connection is free: %v", err)
	}
	if n := w.db.Stats().InUse; n != 1 {
		t.Errorf("%d in use", n)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := text(t, w.db, w.as(t, "a"), who, 1); got != "a" {
		t.Errorf("a reads %s", got)
	}
}

func raw(t *testing.T, w *world, use func(driverConn any)) {
	t.Helper()
	conn, err := w.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
			t.Error(err)
		}
	}()
	if err := conn.Raw(func(dc any) error { use(dc); return nil }); err != nil {
		t.Fatal(err)
	}
}
