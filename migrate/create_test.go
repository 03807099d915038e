package migrate_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestApplyMakesAHomeAtTheHead(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	r := w.runner(workshop(t))
	up(t, r, migrate.Options{SharedOnly: true})
	acme := w.plan("acme")
	for range 2 { // the second time it is a rerun
		version, err := r.Apply(context.Background(), w.conn, acme)
		if err != nil || version != 9 {
			t.Fatalf("%d, %v", version, err)
		}
	}
	if w.tables(acme) != workshopTables || w.versions(acme.ID.String()) != "1 2 3 4 5 6 7 8 9" {
		t.Errorf("acme has %s", w.tables(acme))
	}
	if got := w.text("SELECT current_setting('search_path')"); got != `"$user", public` {
		t.Errorf("the connection keeps the path %s", got)
	}
}

func TestApplyWithoutMigrationsOrLedger(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.plan("a"), w.plan("b")
	if _, err := w.runner(nil, nil).Apply(context.Background(), w.conn, a); err != nil {
		t.Fatal(err)
	}
	if _, err := w.runner(nil, threeSteps(t)).Apply(context.Background(), w.conn, b); err != nil {
		t.Fatal(err)
	}
	if got := w.text("SELECT count(*) FROM pg_namespace WHERE nspname IN ($1, $2)", a.Placement.Schema, b.Placement.Schema); got != "2" {
		t.Errorf("%s homes", got)
	}
}

func TestApplyGoesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	files := map[string]string{"1": "CREATE TYPE s AS ENUM ('a')", "2": "ALTER TYPE s ADD VALUE 'b'", "3": "CREATE TABLE t (s s DEFAULT 'b')", "4": "SELECT 1/0"}
	acme := w.plan("acme")
	_, err := w.runner(nil, sql(t, migrate.Tenant, files)).Apply(context.Background(), w.conn, acme)
	var step *migrate.StepError
	if !errors.As(err, &step) || step.Migration != "m/4_step.sql" {
		t.Fatalf("got %v", err)
	}
	if got := w.versions(acme.ID.String()); got != "1 2" {
		t.Errorf("ledger %s: the first message ends with the new enum value", got)
	}
	files["4"] = "SELECT 1"
	if _, err := w.runner(nil, sql(t, migrate.Tenant, files)).Apply(context.Background(), w.conn, acme); err != nil {
		t.Fatal(err)
	}
	if w.versions(acme.ID.String()) != "1 2 3 4" || w.tables(acme) != "t" {
		t.Errorf("ledger %s", w.versions(acme.ID.String()))
	}
}

func TestApplyTxJoinsATransaction(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	if err := migrate.InstallLedger(context.Background(), w.conn); err != nil {
		t.Fatal(err)
	}
	r := w.runner(nil, threeSteps(t)[:2])
	in := func(end string) *tenant.Tenant {
		acme := w.plan("acme")
		w.exec("BEGIN")
		w.exec("SELECT set_config('search_path', 'x, public', true)")
		if version, err := r.ApplyTx(context.Background(), w.conn, acme); err != nil || version != 2 {
			t.Fatalf("%d, %v", version, err)
		}
		if got := w.text("SELECT current_setting('search_path')"); got != "x, public" {
			t.Errorf("the transaction's path is now %s", got)
		}
		w.exec(end)
		return acme
	}
	if acme := in("ROLLBACK"); w.tables(acme) != "" || w.versions(acme.ID.String()) != "" {
		t.Errorf("after ROLLBACK: %s", w.tables(acme))
	}
	if acme := in("COMMIT"); w.tables(acme) != "one two" || w.versions(acme.ID.String()) != "1 2" {
		t.Errorf("after COMMIT: %s", w.tables(acme))
	}
}

func TestApplyTxRefusesWhatMustCommit(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, source := range []migrate.Source{enums(t), threeSteps(t), withGo(t, nil, seed(1, ""))} {
		_, err := w.runner(nil, source).ApplyTx(context.Background(), w.conn, w.plan("acme"))
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	}
}

func TestScriptIsWhatApplySends(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	_, tenants := workshop(t)
	shared, _ := workshop(t)
	r := w.runner(shared, tenants)
	up(t, r, migrate.Options{SharedOnly: true})
	acme := w.plan("acme")
	segments, err := r.Script(acme)
	if err != nil {
		t.Fatal(err)
	}
	if len(segments) != 3 || len(segments[0].Migrations) != 7 || len(segments[1].Migrations) != 1 || !segments[2].NoTx {
		t.Fatalf("got %d segments", len(segments))
	}
	for _, s := range segments[:2] {
		if _, err := w.conn.PgConn().Exec(context.Background(), s.SQL).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	if w.tables(acme) != workshopTables || w.versions(acme.ID.String()) != "1 2 3 4 5 6 7 8" {
		t.Errorf("acme has %s", w.versions(acme.ID.String()))
	}
}

func TestForgetEmptiesTheLedger(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	r := w.runner(nil, threeSteps(t))
	up(t, r, migrate.Options{})
	w.exec(r.Forget(acme.ID).Inline())
	if got := w.versions(acme.ID.String()); got != "" {
		t.Errorf("ledger %s", got)
	}
}

func TestNewTenantsWaitForTheRollout(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	ready := func(r *migrate.Runner, want migrate.Scope) {
		t.Helper()
		err := r.Ready(context.Background())
		var pending *migrate.PendingError
		switch {
		case want == "" && err != nil:
			t.Errorf("got %v", err)
		case want != "" && (!errors.As(err, &pending) || pending.Scope != want || !errors.Is(err, migrate.ErrPending)):
			t.Errorf("got %v, want %s to be pending", err, want)
		}
	}
	shared := sql(t, migrate.Shared, map[string]string{"1": "SELECT 1"})
	tenants := sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE t (n int)", "2": "-- +goose Up\nCREATE UNIQUE INDEX i ON t (n);\n-- +goose Down\nDROP INDEX i;"})
	one := w.runner(shared, tenants[:1])
	ready(one, migrate.Shared)
	up(t, one, migrate.Options{SharedOnly: true})
	ready(one, "") // no tenant yet: nothing to roll out
	a := w.build("a")
	w.build("b")
	ready(one, "")
	up(t, one, migrate.Options{})

	two := w.runner(shared, tenants)
	ready(two, migrate.Tenant)
	up(t, two, migrate.Options{Filter: registry.Filter{Slugs: []string{"b"}}})
	ready(two, migrate.Tenant) // a is left
	w.exec(`INSERT INTO "` + a.Placement.Schema + `".t VALUES (1), (1)`)
	if _, err := two.Up(context.Background(), migrate.Options{}); err == nil {
		t.Fatal("a has bad data")
	}
	ready(two, "") // a has failed, which was reported
	var older *migrate.OlderError
	for _, r := range []*migrate.Runner{one, w.runner(shared, nil)} {
		if err := r.Ready(t.Context()); !errors.As(err, &older) || older.Fleet != 2 {
			t.Errorf("an old program: got %v", err)
		}
	}
	down(t, two, migrate.DownOptions{Filter: registry.Filter{Slugs: []string{"b"}}})
	ready(two, migrate.Tenant)
}

func TestTheLedgerIsInstalledByManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	errs := make(chan error)
	for range 8 {
		conn := w.connect()
		go func() { errs <- migrate.InstallLedger(context.Background(), conn) }()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	var _ migrate.Beginner = (*pgx.Conn)(nil)
}
