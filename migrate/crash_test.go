package migrate_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// whole checks that ledgers and catalogs agree that every tenant is at the head.
func (w *town) whole() {
	w.t.Helper()
	if got := w.versions("shared"); got != "1 2" {
		w.t.Errorf("shared has %s", got)
	}
	for _, tn := range w.tenants {
		if got := w.versions(tn.ID.String()); got != "1 2 3 4 5 6 7 8 9" {
			w.t.Errorf("%s has %s", tn.Slug, got)
		}
		if got := w.tables(tn); got != workshopTables {
			w.t.Errorf("%s has %s", tn.Slug, got)
		}
		if got := w.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", `"`+tn.Placement.Schema+`".jobs_worker`); got != "true" {
			w.t.Errorf("%s: the index that was built outside a transaction is valid: %q", tn.Slug, got)
		}
	}
	w.alike()
}

// alike checks that all tenants' schemas are the same, object by object.
func (w *town) alike() {
	w.t.Helper()
	var schemas []string
	for _, tn := range w.tenants {
		schemas = append(schemas, tn.Placement.Schema)
	}
	prints, err := catalog.Fingerprint(context.Background(), w.conn, schemas)
	if err != nil {
		w.t.Fatal(err)
	}
	for schema, print := range prints {
		if print != prints[schemas[0]] {
			w.t.Errorf("%s differs from %s", schema, schemas[0])
		}
	}
}

func (w *town) entries() int {
	var n int
	_ = w.conn.QueryRow(context.Background(), "SELECT count(*) FROM rowhouse.ledger").Scan(&n) // 0 before there is one
	return n
}

// Connections that the server ends are replaced, and what was under way on them is
// done once.
func TestTerminatedConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(20)
	r := w.runner(workshop(t))
	up(t, r, migrate.Options{SharedOnly: true})
	stop := make(chan struct{})
	var killer sync.WaitGroup
	conn := w.connect()
	killer.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(40 * time.Millisecond):
			}
			_, _ = conn.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%ledger_begin%' AND state = 'active' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`)
		}
	})
	_, err := r.Up(context.Background(), migrate.Options{})
	close(stop)
	killer.Wait()
	var partial *migrate.PartialError
	if err != nil && !errors.As(err, &partial) {
		t.Errorf("a tenant whose connection was lost twice may fail, the run may not: %v", err)
	}
	up(t, r, migrate.Options{})
	w.whole()
}

func TestALostConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	w.exec("CREATE SEQUENCE tries")
	up(t, w.runner(nil, sql(t, migrate.Tenant, map[string]string{
		"1": "CREATE TABLE one ()",
		"2": "SELECT pg_terminate_backend(pg_backend_pid()) WHERE nextval('public.tries') = 1; CREATE TABLE two ()",
	})), migrate.Options{})
	if w.tables(acme) != "one two" || w.versions(acme.ID.String()) != "1 2" {
		t.Errorf("acme has %s", w.tables(acme))
	}
}

func TestManyRunnersApplyOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(8)
	var wait sync.WaitGroup
	for range 4 {
		r := w.runner(workshop(t))
		wait.Go(func() {
			if _, err := r.Up(context.Background(), migrate.Options{Workers: 3}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	w.whole()
}

func TestACancelledRunSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(10)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := w.runner(nil, threeSteps(t), func(c *migrate.Config) {
		c.Progress = func(e migrate.Event) {
			if e.Done == 3 {
				cancel()
			}
		}
	})
	report, err := r.Up(ctx, migrate.Options{Workers: 1})
	var partial *migrate.PartialError
	if !errors.As(err, &partial) || partial.Err == nil || len(partial.Applied) != 4 || len(report.Outcomes) != 11 {
		t.Fatalf("got %v", err)
	}
	up(t, w.runner(nil, threeSteps(t)), migrate.Options{})
	for _, tn := range w.tenants {
		if got := w.versions(tn.ID.String()); got != "1 2 3" {
			t.Errorf("%s has %s", tn.Slug, got)
		}
	}
}
