package migrate_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

// threeSteps can be taken back, and the last one only outside a transaction.
func threeSteps(t *testing.T) migrate.Source {
	return sql(t, migrate.Tenant, map[string]string{
		"1": "-- +goose Up\nCREATE TABLE one (n int);\n-- +goose Down\nDROP TABLE one;",
		"2": "-- +goose Up\nCREATE TABLE two ();\n-- +goose Down\nDROP TABLE __tenant__.two;",
		"3": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY three ON one (n);\n-- +goose Down\nDROP INDEX CONCURRENTLY three;",
	})
}

func down(t *testing.T, r *migrate.Runner, o migrate.DownOptions) *migrate.Report {
	t.Helper()
	report, err := r.Down(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestDownTakesBackStepByStep(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.build("a"), w.build("b")
	r := w.runner(nil, threeSteps(t))
	up(t, r, migrate.Options{})

	down(t, r, migrate.DownOptions{DryRun: true, All: true})
	down(t, r, migrate.DownOptions{})
	if got := w.versions(a.ID.String()); got != "1 2" {
		t.Fatalf("after one step: %s", got)
	}
	if w.tenants[0].Version != 2 {
		t.Errorf("the registry has %d", w.tenants[0].Version)
	}
	down(t, r, migrate.DownOptions{To: 1, Filter: registry.Filter{Slugs: []string{"a"}}})
	if w.tables(a) != "one" || w.tables(b) != "one two" {
		t.Errorf("a has %q, b has %q", w.tables(a), w.tables(b))
	}
	report := down(t, r, migrate.DownOptions{All: true})
	if w.tables(a) != "" || w.tables(b) != "" || len(report.Outcomes[1].Done) != 2 {
		t.Errorf("a has %q, b has %q; %+v", w.tables(a), w.tables(b), report.Outcomes)
	}
	up(t, r, migrate.Options{})
	if w.tables(a) != "one two" || w.versions(b.ID.String()) != "1 2 3" {
		t.Error("up after down does not end at the head")
	}
}

func TestDownRefusesWhatCannotBeTakenBack(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	shared := sql(t, migrate.Shared, map[string]string{"1": "-- +goose Up\nCREATE TABLE s ();\n-- +goose Down\nDROP TABLE s;"})
	tenants := sql(t, migrate.Tenant, map[string]string{
		"1": "CREATE TABLE kept ()",
		"2": "-- +rowhouse after shared/1\n-- +goose Up\nCREATE TABLE t ();\n-- +goose Down\nDROP TABLE t;",
	})
	r := w.runner(shared, tenants)
	up(t, r, migrate.Options{})
	if _, err := r.Down(context.Background(), migrate.DownOptions{Shared: true}); !errors.Is(err, migrate.ErrHeldBack) {
		t.Errorf("tenant/2 needs shared/1; got %v", err)
	}
	if _, err := r.Down(context.Background(), migrate.DownOptions{All: true}); !errors.Is(err, migrate.ErrNoDown) {
		t.Errorf("tenant/1 has no down part; got %v", err)
	}
	if w.tables(acme) != "kept t" {
		t.Errorf("something ran: %s", w.tables(acme))
	}
	down(t, r, migrate.DownOptions{})
	down(t, r, migrate.DownOptions{Shared: true})
	if w.versions("shared") != "" || w.tables(acme) != "kept" {
		t.Error("the order that was asked for does not work")
	}
}

func TestDownFailsForOneTenant(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.build("a"), w.build("b")
	r := w.runner(nil, threeSteps(t))
	up(t, r, migrate.Options{To: 2})
	w.exec(`CREATE VIEW "` + a.Placement.Schema + `".v AS SELECT * FROM "` + a.Placement.Schema + `".two`)
	_, err := r.Down(context.Background(), migrate.DownOptions{})
	var partial *migrate.PartialError
	if !errors.As(err, &partial) || len(partial.Failed) != 1 || partial.Failed[0].Label() != "a" {
		t.Fatalf("got %v", err)
	}
	if w.tables(a) != "one two v" || w.tables(b) != "one" {
		t.Errorf("a has %q, b has %q", w.tables(a), w.tables(b))
	}
}
