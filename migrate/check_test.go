package migrate_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

func status(t *testing.T, r *migrate.Runner) *migrate.Status {
	t.Helper()
	s, err := r.Status(context.Background(), registry.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStatusTellsWhoLacksWhat(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.build("a")
	w.build("b")
	files := map[string]string{"1": "SELECT 1", "2": "SELECT 1"}
	r := w.runner(sql(t, migrate.Shared, files), sql(t, migrate.Tenant, files))
	if s := status(t, r); s.Clean() || s.Shared[0].Pending != 2 || s.Tenants[1].Pending != 2 {
		t.Errorf("without a ledger: %+v", s)
	}
	if w.text("SELECT to_regnamespace('rowhouse')") != "" {
		t.Error("status wrote something")
	}
	up(t, r, migrate.Options{Filter: registry.Filter{Slugs: []string{"a"}}, To: 1})
	s := status(t, r)
	if s.Shared[0].Version != 2 || s.Tenants[0].Version != 1 || s.Tenants[0].Pending != 1 || s.Tenants[1].Pending != 2 {
		t.Errorf("got %+v", s)
	}
	up(t, r, migrate.Options{})
	if s := status(t, r); !s.Clean() {
		t.Errorf("at the head: %+v", s)
	}
}

func TestAChangedFileIsAnErrorBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	up(t, w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE one ()"})), migrate.Options{})

	r := w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE uno ()", "2": "CREATE TABLE two ()"}))
	_, err := r.Up(context.Background(), migrate.Options{})
	var changed *migrate.ChangedError
	if !errors.As(err, &changed) || changed.Migration != "m/1_step.sql" || changed.Targets != 1 {
		t.Fatalf("got %v", err)
	}
	if s := status(t, r); !errors.As(s.Err, &changed) || s.Clean() {
		t.Errorf("status says %+v", s)
	}
	if got := w.tables(acme); got != "one" {
		t.Errorf("acme has %s", got)
	}
	// Stamping accepts the new text.
	if _, err := r.Stamp(context.Background(), 1, migrate.StampOptions{}); err != nil {
		t.Fatal(err)
	}
	up(t, r, migrate.Options{})
	if got := w.tables(acme); got != "one two" {
		t.Errorf("acme has %s", got)
	}
}

func TestAnOlderFileThatComesLater(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	up(t, w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE one ()", "3": "CREATE TABLE three ()"})), migrate.Options{})

	r := w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE one ()", "2": "CREATE TABLE two ()", "3": "CREATE TABLE three ()"}))
	_, err := r.Up(context.Background(), migrate.Options{})
	var missing *migrate.MissingError
	if !errors.As(err, &missing) || missing.Migration != "m/2_step.sql" || missing.Head != 3 || missing.Target != "acme" {
		t.Fatalf("got %v", err)
	}
	if s := status(t, r); !errors.As(s.Tenants[0].Err, &missing) || s.Tenants[0].Pending != 1 {
		t.Errorf("status says %+v", s)
	}
	up(t, r, migrate.Options{AllowMissing: true})
	if w.tables(acme) != "one three two" || w.versions(acme.ID.String()) != "1 2 3" {
		t.Errorf("acme has %s", w.tables(acme))
	}
	if w.tenants[0].Version != 3 {
		t.Errorf("the registry has %d", w.tenants[0].Version)
	}
	if n := len(up(t, r, migrate.Options{}).Changed()); n != 0 {
		t.Errorf("a second run changed %d targets", n)
	}
}

func TestAnAppliedFileThatIsGone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.build("acme")
	all := map[string]string{"1": "SELECT 1", "2": "SELECT 1", "3": "SELECT 1"}
	up(t, w.runner(nil, sql(t, migrate.Tenant, all)), migrate.Options{})

	delete(all, "2")
	_, err := w.runner(nil, sql(t, migrate.Tenant, all)).Up(context.Background(), migrate.Options{})
	var unknown *migrate.UnknownError
	if !errors.As(err, &unknown) || unknown.Ref.String() != "tenant/0002" {
		t.Errorf("got %v", err)
	}
	// What a newer release applied is none of an older one's business.
	older := w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": "SELECT 1"}))
	up(t, older, migrate.Options{})
	if _, err := older.Down(context.Background(), migrate.DownOptions{}); !errors.As(err, &unknown) {
		t.Errorf("down without the file: %v", err)
	}
}

func TestStamp(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	r := w.runner(nil, threeSteps(t))
	stamp := func(version int64) {
		t.Helper()
		if _, err := r.Stamp(context.Background(), version, migrate.StampOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	stamp(3)
	if w.versions(acme.ID.String()) != "1 2 3" || w.tables(acme) != "" || w.tenants[0].Version != 3 {
		t.Errorf("ledger %s, tables %s, registry %d", w.versions(acme.ID.String()), w.tables(acme), w.tenants[0].Version)
	}
	stamp(2)
	if got := w.versions(acme.ID.String()); got != "1 2" {
		t.Errorf("ledger %s", got)
	}
	stamp(0)
	if got := w.versions(acme.ID.String()); got != "" {
		t.Errorf("ledger %s", got)
	}
	var unknown *migrate.UnknownError
	if _, err := r.Stamp(context.Background(), 7, migrate.StampOptions{}); !errors.As(err, &unknown) {
		t.Errorf("got %v", err)
	}
}
