package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Database makes an empty database for this test and returns the superuser's URL of
// it. It is dropped when the test ends, whoever is still connected.
func Database(t testing.TB) string {
	t.Helper()
	server := URL(t)
	name := uniqueName("rhdb_")
	own.admin.createDatabase(t, server, name)
	t.Cleanup(func() { own.admin.dropDatabase(t, server, name) })
	return withDatabase(t, server, name)
}

// Prefix returns how the names of databases begin that a test makes itself. They are
// dropped when the test ends.
func Prefix(t testing.TB) string {
	t.Helper()
	server, prefix := URL(t), "rh"+strings.ToLower(rand.Text()[:8])+"_"
	t.Cleanup(func() {
		for _, name := range databases(t, server, prefix) {
			own.admin.dropDatabase(t, server, name)
		}
	})
	return prefix
}

func databases(t testing.TB, server, prefix string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	defer conn.Close(ctx)
	rows, _ := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Errorf("list the databases of %s: %v", prefix, err)
	}
	return names
}

// Role makes a role with the given attributes ("NOSUPERUSER CREATEDB", or "" for
// none), which may log in, and returns the URL of database as that role. It is
// dropped, with what it owns in that database, when the test ends.
func Role(t testing.TB, database, attributes string) string {
	t.Helper()
	name, password := uniqueName("rhrole_"), rand.Text()
	run(t, database, "CREATE ROLE "+name+" LOGIN PASSWORD '"+password+"' "+attributes)
	t.Cleanup(func() {
		run(t, database, "DROP OWNED BY "+name+" CASCADE")
		run(t, database, "DROP ROLE "+name)
	})
	u := parse(t, database)
	u.User = url.UserPassword(name, password)
	return u.String()
}

// uniqueName needs no quoting: lower case letters and digits.
func uniqueName(prefix string) string {
	return prefix + strings.ToLower(rand.Text()[:16])
}

func withDatabase(t testing.TB, server, name string) string {
	t.Helper()
	u := parse(t, server)
	u.Path = "/" + name
	return u.String()
}

func parse(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" {
		t.Fatalf("%s must be a URL such as postgres://user:password@127.0.0.1:5432/postgres (%v)", EnvURL, err)
	}
	return u
}

// run uses a connection of its own and no context of the test: clean-ups run when
// that is over.
func run(t testing.TB, server, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}
