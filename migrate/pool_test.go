package migrate_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// newPooledTown is a town with tenants that share their tables.
func newPooledTown(t testing.TB, slugs ...string) *town {
	t.Helper()
	w := newTown(t)
	role, err := url.Parse(pgtest.Role(t, w.url, ""))
	if err != nil {
		t.Fatal(err)
	}
	w.rows = row.New(isolation.DefaultNames(), row.GrantTo(role.User.Username()))
	for _, slug := range slugs {
		w.tenants = append(w.tenants, w.share(slug))
	}
	return w
}

// share makes a tenant among the others, which nobody knows.
func (w *town) share(slug string) *tenant.Tenant {
	id := tenant.NewID()
	return &tenant.Tenant{ID: id, Slug: slug, Name: slug, Status: tenant.Active, Placement: w.rows.Place(id, slug, "main")}
}

// polls are migrations in which everybody gets a poll of the same id.
func polls(t testing.TB) migrate.Source {
	return sql(t, migrate.Tenant, map[string]string{
		"0001_polls.sql": `-- +goose Up
CREATE TABLE polls (id serial PRIMARY KEY, question text NOT NULL UNIQUE);
CREATE TABLE choices (id serial PRIMARY KEY, poll int NOT NULL REFERENCES polls (id), choice text);
-- +goose Down
DROP TABLE choices; DROP TABLE polls;`,
		"0002_first.sql": `-- +rowhouse each-tenant
-- +goose Up
INSERT INTO polls (id, question) VALUES (1, 'Ready?');
INSERT INTO choices (poll, choice) SELECT id, 'yes' FROM polls;
-- +goose Down
DELETE FROM choices; DELETE FROM polls;`,
		"0003_votes.sql": `-- +goose Up
ALTER TABLE choices ADD COLUMN votes int NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX one_text ON choices (poll, choice);
UPDATE choices SET votes = votes + 1;
-- +goose Down
DROP INDEX one_text; ALTER TABLE choices DROP COLUMN votes;`,
	})
}

const everybodys = "SELECT count(DISTINCT tenant_id) || ' tenants, ' || count(*) || ' rows, ' || sum(votes) || ' votes' FROM pooled.choices"

func TestTenantsWhoShareTheirTablesAreOneTarget(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a", "b", "c")
	own := w.build("own")
	r := w.runner(nil, polls(t))
	report := up(t, r, migrate.Options{})
	if n := len(report.Outcomes); n != 3 { // the shared scope, the pool, the one with tables of its own
		t.Errorf("%d outcomes: %+v", n, report.Outcomes)
	}
	if got := w.text(everybodys); got != "3 tenants, 3 rows, 3 votes" {
		t.Error(got)
	}
	if got := w.tables(own); got == "" {
		t.Error("the tenant with a schema has no tables")
	}
	for _, member := range w.tenants {
		if member.Version != 3 {
			t.Errorf("%s is at %d in the registry", member.Slug, member.Version)
		}
	}
	status, err := r.Status(t.Context(), registry.Filter{})
	if err != nil || !status.Clean() || len(status.Tenants) != 2 {
		t.Errorf("status %+v, %v", status, err)
	}
	if _, err := r.Down(t.Context(), migrate.DownOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	if got := w.text("SELECT count(*)::text FROM pg_class WHERE relnamespace = 'pooled'::regnamespace"); got != "0" {
		t.Errorf("%s objects are left", got)
	}
	up(t, r, migrate.Options{})
	if got := w.text(everybodys); got != "3 tenants, 3 rows, 3 votes" {
		t.Errorf("up again: %s", got)
	}
}

func TestANewTenantGetsWhatIsForEachOnce(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t)
	r := w.runner(nil, polls(t))
	a, b := w.share("a"), w.share("b")
	for _, newborn := range []*tenant.Tenant{a, b, a} { // the first one makes the tables, a rerun nothing
		version, err := r.Apply(t.Context(), w.conn, newborn)
		if err != nil || version != 3 {
			t.Fatalf("%s: version %d, %v", newborn.Slug, version, err)
		}
	}
	// The update came before both: it belongs to the tables, not to a tenant.
	if got := w.text(everybodys); got != "2 tenants, 2 rows, 0 votes" {
		t.Error(got)
	}
	w.exec(r.Forget(a.ID).Inline())
	w.exec("DELETE FROM pooled.choices; DELETE FROM pooled.polls")
	if _, err := r.Apply(t.Context(), w.conn, a); err != nil {
		t.Fatal(err)
	}
	if got := w.text(everybodys); got != "1 tenants, 1 rows, 0 votes" {
		t.Errorf("after a reset: %s", got)
	}
	c := w.share("c")
	err := pgx.BeginFunc(t.Context(), w.conn, func(tx pgx.Tx) error {
		_, err := r.ApplyTx(t.Context(), tx.Conn(), c)
		return err
	})
	if got := w.text(everybodys); err != nil || got != "2 tenants, 2 rows, 0 votes" {
		t.Errorf("in a transaction: %s, %v", got, err)
	}
}

// A tenant that an older process makes while a run is under way is seeded before the
// rollout is recorded.
func TestWhoeverCameLateIsSeededToo(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a")
	r := w.runner(nil, polls(t), func(c *migrate.Config) {
		c.Progress = func(e migrate.Event) {
			if len(w.tenants) == 1 {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.tenants = append(w.tenants, w.share("late"))
			}
		}
	})
	up(t, r, migrate.Options{})
	if got := w.text("SELECT count(DISTINCT tenant_id)::text FROM pooled.choices"); got != "2" {
		t.Errorf("%s of 2 tenants are seeded", got)
	}
}

func TestWhatIsNotProtectedIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a")
	makes := func(_ context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "CREATE TABLE secrets (id int)")
		return err
	}
	source, err := polls(t).Add(migrate.Migration{Version: 4, Name: "secrets", Go: &migrate.GoFuncs{Up: makes}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.runner(nil, source).Up(t.Context(), migrate.Options{})
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "RH003" || !strings.Contains(pg.Message, "secrets") {
		t.Errorf("got %v", err)
	}
	if got := w.text("SELECT to_regclass('pooled.secrets') IS NULL"); got != "true" {
		t.Error("the table is there")
	}
	if got := w.versions("pooled"); got != "1 2 3" {
		t.Errorf("the ledger has %s", got)
	}
}

func TestRefusalsNameTheFileAndTheLine(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a")
	source := sql(t, migrate.Tenant, map[string]string{"0001_copy.sql": "-- +goose Up\nCREATE TABLE t (id int);\nCREATE MATERIALIZED VIEW v AS SELECT * FROM t;"})
	_, err := w.runner(nil, source).Up(t.Context(), migrate.Options{})
	var step *migrate.StepError
	if !errors.As(err, &step) || step.Target != "pooled" || step.Line != 3 || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v (%+v)", err, step)
	}
	if got := w.text("SELECT to_regclass('pooled.t') IS NULL"); got != "true" {
		t.Error("something ran")
	}
}

func TestOneOfManyIsNotMigratedAlone(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a", "b")
	r := w.runner(nil, polls(t))
	_, err := r.Up(t.Context(), migrate.Options{Filter: registry.Filter{Slugs: []string{"a"}}})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

// Whose level cannot be planned fails alone, or is passed over if it is not served.
func TestWhoCannotBePlannedStopsNobody(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "served", "failed", "deleted")
	w.tenants[1].Status, w.tenants[2].Status = tenant.Failed, tenant.Deleting
	own := w.build("own")
	w.rows = row.New(isolation.DefaultNames())
	r := w.runner(nil, polls(t))
	report, err := r.Up(t.Context(), migrate.Options{})
	if partial, ok := errors.AsType[*migrate.PartialError](err); !ok || len(partial.Failed) != 1 || !errors.Is(err, migrate.ErrNoRole) {
		t.Fatalf("without a role: %v", err)
	}
	if len(report.Skipped) != 2 || w.tables(own) == "" {
		t.Errorf("%d are passed over, and the neighbour has %q", len(report.Skipped), w.tables(own))
	}
	w.tenants = w.tenants[1:]
	up(t, r, migrate.Options{})
	status, err := r.Status(t.Context(), registry.Filter{})
	if err != nil || !status.Clean() || len(status.Tenants) != 1 {
		t.Errorf("status %+v, %v", status, err)
	}
}

func TestSharedTablesInAScriptAndAtomically(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a", "b")
	r := w.runner(nil, polls(t))
	if err := migrate.InstallLedger(t.Context(), w.conn); err != nil {
		t.Fatal(err)
	}
	var script bytes.Buffer
	if err := r.WriteSQL(t.Context(), &script, migrate.SQLOptions{}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pgtest.Need(t, "psql"), "-X", "-q", w.url)
	cmd.Stdin = &script
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 && strings.Contains(string(out), "ERROR") {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	if got := w.text(everybodys); got != "2 tenants, 2 rows, 2 votes" {
		t.Error(got)
	}
	if _, err := r.Down(t.Context(), migrate.DownOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	up(t, r, migrate.Options{Atomic: true})
	if got := w.text(everybodys); got != "2 tenants, 2 rows, 2 votes" {
		t.Errorf("atomically: %s", got)
	}
}

// Who shares tables that are stamped has what was for each tenant as well: it does not
// run again, nor is it taken back where it was not stamped.
func TestStampingSharedTables(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a", "b")
	own := w.build("own")
	r := w.runner(nil, polls(t))
	up(t, r, migrate.Options{})
	w.exec("TRUNCATE rowhouse.ledger")
	for _, stamp := range []struct {
		version            int64
		pooled, each, owns string
	}{{3, "1 2 3", "2", "1 2 3"}, {1, "1", "", "1"}, {2, "1 2", "2", "1 2"}, {0, "", "", ""}, {3, "1 2 3", "2", "1 2 3"}} {
		if _, err := r.Stamp(t.Context(), stamp.version, migrate.StampOptions{}); err != nil {
			t.Fatal(err)
		}
		for target, want := range map[string]string{
			"pooled": stamp.pooled, w.tenants[0].ID.String(): stamp.each, w.tenants[1].ID.String(): stamp.each, own.ID.String(): stamp.owns,
		} {
			if got := w.versions(target); got != want {
				t.Errorf("stamped %d: the ledger of %s has %q, want %q", stamp.version, target, got, want)
			}
		}
	}
	if _, err := r.Apply(t.Context(), w.conn, w.tenants[0]); err != nil {
		t.Error(err)
	}
	if got := w.text(everybodys); got != "2 tenants, 2 rows, 2 votes" {
		t.Errorf("after the stamp there are %s", got)
	}
}
