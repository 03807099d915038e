package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	first, second := pgtest.Database(t), pgtest.Database(t)
	if ask(t, first, "SELECT current_database()") == ask(t, second, "SELECT current_database()") {
		t.Error("two databases are one")
	}
	if got := ask(t, first, "SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user"); got != "true" {
		t.Error("not a superuser")
	}
}

func TestADatabaseIsGoneAfterItsTestEvenWhileInUse(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("uses it", func(t *testing.T) {
		database := pgtest.Database(t)
		name = ask(t, database, "SELECT current_database()")
		if _, err := pgx.Connect(t.Context(), database); err != nil { // left open on purpose
			t.Fatal(err)
		}
	})
	if got := ask(t, pgtest.URL(t), "SELECT count(*)::text FROM pg_database WHERE datname = '"+name+"'"); got != "0" {
		t.Errorf("%s is still there", name)
	}
}

func TestARoleLogsInWithItsAttributesOnly(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t)
	role := pgtest.Role(t, database, "CREATEDB")
	got := ask(t, role, "SELECT rolsuper::text || rolcreatedb::text FROM pg_roles WHERE rolname = current_user")
	if got != "falsetrue" {
		t.Errorf("superuser and createdb are %s", got)
	}
}

func ask(t *testing.T, database, sql string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
