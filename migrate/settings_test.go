package migrate_test

import (
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// A database may have defaults under which a migration would not run, or would mean
// something else than what was read.
func TestTheDatabasesDefaultsDoNotMatter(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	name := w.text("SELECT quote_ident(current_database())")
	for _, setting := range []string{
		"standard_conforming_strings = off", "default_transaction_read_only = on",
		"default_transaction_isolation = serializable", "search_path = nowhere", "backslash_quote = on",
	} {
		w.exec("ALTER DATABASE " + name + " SET " + setting)
	}
	acme := w.build("acme")
	up(t, w.runner(nil, sql(t, migrate.Tenant, map[string]string{
		"1": `CREATE TABLE t AS SELECT 'a\' AS a; INSERT INTO t VALUES ('b\'); CREATE TABLE ";" ()`,
		"2": "-- +goose NO TRANSACTION\n-- +goose Up\nINSERT INTO t VALUES ('c\\'); INSERT INTO t VALUES ('d')",
	})), migrate.Options{})
	if got := w.text(`SELECT string_agg(a, ' ' ORDER BY a) FROM "` + acme.Placement.Schema + `".t`); got != `a\ b\ c\ d` {
		t.Errorf("got %s", got)
	}
}
