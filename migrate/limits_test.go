package migrate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// hold locks a tenant's table in a transaction that is ended by the function.
func (w *town) hold(tn *tenant.Tenant, table string) (release func()) {
	w.t.Helper()
	conn := w.connect()
	tx, err := conn.Begin(context.Background())
	if err == nil {
		_, err = tx.Exec(context.Background(), "LOCK TABLE "+pgx.Identifier{tn.Placement.Schema, table}.Sanitize()+" IN ACCESS SHARE MODE")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return func() { _ = tx.Rollback(context.Background()) }
}

func widen(t *testing.T) migrate.Source {
	return sql(t, migrate.Tenant, map[string]string{"1": "CREATE TABLE one (id int)", "2": "ALTER TABLE one ADD two int"})
}

func TestALockIsWaitedForInTurns(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	r := w.runner(nil, widen(t))
	up(t, r, migrate.Options{To: 1})
	release := w.hold(acme, "one")
	released := make(chan struct{})
	time.AfterFunc(500*time.Millisecond, func() { release(); close(released) })
	up(t, r, migrate.Options{Limits: migrate.Limits{Lock: 20 * time.Millisecond}})
	<-released
	if got := w.versions(acme.ID.String()); got != "1 2" {
		t.Errorf("acme has %s", got)
	}
}

// Meanwhile readers that queued up behind the migration go on.
func TestALockThatStaysFailsItsTenantOnly(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme, hooli := w.build("acme"), w.build("hooli")
	r := w.runner(nil, widen(t))
	up(t, r, migrate.Options{To: 1})
	defer w.hold(acme, "one")()
	_, err := r.Up(context.Background(), migrate.Options{Limits: migrate.Limits{Lock: 20 * time.Millisecond, Tries: 3}})
	if err == nil || !strings.Contains(err.Error(), "gave up after 3 tries") {
		t.Errorf("got %v", err)
	}
	if w.versions(acme.ID.String()) != "1" || w.versions(hooli.ID.String()) != "1 2" {
		t.Error("the wrong tenants were migrated")
	}
}

func TestAStatementTimeout(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"in a transaction": "CREATE TABLE one ();\nSELECT pg_sleep(10);",
		"outside of one":   "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT pg_sleep(10);",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			acme := w.build("acme")
			r := w.runner(nil, sql(t, migrate.Tenant, map[string]string{"1": text}))
			_, err := r.Up(context.Background(), migrate.Options{Limits: migrate.Limits{Statement: 50 * time.Millisecond}})
			var step *migrate.StepError
			if !errors.As(err, &step) || !strings.Contains(err.Error(), "statement timeout") {
				t.Errorf("got %v", err)
			}
			if w.tables(acme) != "" {
				t.Errorf("acme has %s", w.tables(acme))
			}
		})
	}
}
