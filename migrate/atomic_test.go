package migrate_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate"
)

func atomicUp(r *migrate.Runner) (*migrate.Report, error) {
	return r.Up(context.Background(), migrate.Options{Atomic: true})
}

func TestAnAtomicRunIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(5)
	shared := sql(t, migrate.Shared, map[string]string{"1": "CREATE TABLE plans ()", "2": "-- +rowhouse after tenant/0002\n-- +goose Up\nALTER TABLE plans ADD a int"})
	r := w.runner(shared, sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE one ()", "2": "CREATE TABLE two ()", "3": "CREATE TABLE three ()"}))
	blocker := w.tenants[3].Placement.Schema + ".three"
	w.exec("CREATE TABLE " + blocker + " ()")

	report, err := atomicUp(r)
	var step *migrate.StepError
	if !errors.As(err, &step) || step.Target != "t003" || !strings.Contains(step.Migration, "3_step.sql") {
		t.Fatalf("got %v", err)
	}
	if n := report.Counts(); n.Failed != 1 || n.NotStarted != 5 || n.Done != 0 {
		t.Errorf("counts %+v", n)
	}
	if n := w.entries(); n != 0 {
		t.Errorf("%d ledger entries are left", n)
	}
	w.exec("DROP TABLE " + blocker)
	if report, err = atomicUp(r); err != nil || report.Counts().Done != 6 {
		t.Fatalf("got %v", err)
	}
	for _, tn := range w.tenants {
		if got := w.versions(tn.ID.String()); got != "1 2 3" {
			t.Errorf("%s has %s", tn.Slug, got)
		}
	}
	if w.versions("shared") != "1 2" || !status(t, r).Clean() {
		t.Error("the shared scope is not at its head")
	}
}

func TestAnAtomicRunRefusesWhatItCannotHold(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		files map[string]string
		names string
	}{
		"a file without a transaction": {map[string]string{"1": "CREATE TABLE a ()", "2": "-- +goose NO TRANSACTION\n-- +goose Up\nVACUUM"}, "2_step.sql"},
		"a new enum value":             {map[string]string{"1": "CREATE TYPE a AS ENUM ()", "2": "ALTER TYPE a ADD VALUE 'x'", "3": "SELECT 'x'::a"}, "2_step.sql"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.build("acme")
			_, err := atomicUp(w.runner(nil, sql(t, migrate.Tenant, c.files)))
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), c.names) || w.entries() != 0 {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a Go migration", func(t *testing.T) {
		t.Parallel()
		w := newTown(t)
		w.build("acme")
		nothing := func(context.Context, pgx.Tx) error { return nil }
		source, err := migrate.Source{}.Add(migrate.Migration{Version: 1, Name: "fill", Go: &migrate.GoFuncs{Up: nothing}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = atomicUp(w.runner(nil, source)); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "0001_fill") {
			t.Errorf("got %v", err)
		}
	})
}

// A fleet that does not fit into the lock table is refused with the number to set,
// before other people's transactions fail.
func TestAnAtomicRunKeepsWithinTheLockTable(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(3)
	room := w.text("SELECT current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int)")
	r := w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": `DO $$ BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(current_schema || n, 0)) FROM generate_series(1, ` + room + ` / 3) AS n; END $$`}))
	_, err := atomicUp(r)
	var budget *migrate.LockBudgetError
	if !errors.As(err, &budget) || budget.Need <= budget.Room || budget.Setting <= 64 {
		t.Fatalf("got %v", err)
	}
	if w.entries() != 0 {
		t.Error("something was changed")
	}
}
