package migrate_test

import (
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// A deferred trigger that fired at COMMIT would count everybody's polls.
func TestDeferredTriggersFireInTheirTenant(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a", "b")
	up(t, w.runner(nil, sql(t, migrate.Tenant, map[string]string{
		"0001_polls.sql": `-- +goose Up
CREATE TABLE polls (id int PRIMARY KEY, best int);
CREATE TABLE choices (id int PRIMARY KEY, poll int REFERENCES polls);
ALTER TABLE polls ADD FOREIGN KEY (best) REFERENCES choices DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE seen (polls int, who text);
-- +goose StatementBegin
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO seen (polls, who) SELECT count(*), current_user FROM polls; RETURN NULL; END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER look AFTER INSERT ON polls DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look();`,
		// The first poll refers to a choice that the next statement makes.
		"0002_first.sql": `-- +rowhouse each-tenant
-- +goose Up
INSERT INTO polls (id, best) VALUES (1, 1);
INSERT INTO choices (id, poll) VALUES (1, 1);`,
	})), migrate.Options{})
	seen := w.text("SELECT string_agg(polls || ' ' || (who = '" + w.rows.Role() + "'), ', ') FROM pooled.seen")
	if seen != "1 true, 1 true" {
		t.Errorf("the trigger saw %q", seen)
	}
}

// Between a table and its protection nothing may break off, in a transaction or not.
func TestNoTransactionLeavesNoTableOpen(t *testing.T) {
	t.Parallel()
	w := newPooledTown(t, "a")
	r := w.runner(nil, sql(t, migrate.Tenant, map[string]string{
		"0001_secrets.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE secrets (id int PRIMARY KEY);\nCREATE INDEX CONCURRENTLY late ON secrets (id);",
	}))
	w.exec(`CREATE FUNCTION public.crash() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'power cut'; END $$;
		CREATE EVENT TRIGGER crash ON ddl_command_start WHEN TAG IN ('CREATE POLICY') EXECUTE FUNCTION public.crash()`)
	if _, err := r.Up(t.Context(), migrate.Options{}); err == nil {
		t.Fatal("the power did not go")
	}
	if got := w.text("SELECT to_regclass('pooled.secrets') IS NULL"); got != "true" {
		t.Error("the table is there without its policy")
	}
	w.exec("DROP EVENT TRIGGER crash")
	up(t, r, migrate.Options{})
}
