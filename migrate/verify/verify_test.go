package verify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/verify"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// server is where scratch databases are made.
type server string

// Connect opens a connection to a database of the server.
func (s server) Connect(ctx context.Context, _, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(string(s))
	if err != nil {
		return nil, err
	}
	if database != "" {
		config.Database = database
	}
	return pgx.ConnectConfig(ctx, config)
}

// files loads migrations from their Up parts, numbered from 1.
func files(t *testing.T, scope migrate.Scope, ups ...string) migrate.Source {
	t.Helper()
	folder := fstest.MapFS{}
	for i, up := range ups {
		folder[string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + up)}
	}
	s, err := migrate.Load(folder, ".", scope)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func config(t *testing.T, tenants ...string) verify.Config {
	t.Helper()
	return verify.Config{
		Conns: server(pgtest.Database(t)), Main: "main", From: -1,
		Shared: files(t, migrate.Shared, "CREATE TABLE plans (id int PRIMARY KEY)", "-- +rowhouse after tenant/2\nALTER TABLE plans ADD name text"),
		Tenant: files(t, migrate.Tenant, tenants...),
	}
}

func run(t *testing.T, c verify.Config) *verify.Report {
	t.Helper()
	r, err := verify.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if left := leftOvers(t, c); left != 0 {
		t.Errorf("%d scratch databases are left", left)
	}
	return r
}

// leftOvers counts the scratch databases of sessions that are over.
func leftOvers(t *testing.T, c verify.Config) (n int) {
	t.Helper()
	conn, err := c.Conns.Connect(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	err = conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_database d WHERE datname LIKE 'rowhouse\_scratch\_%' AND NOT EXISTS (
		SELECT FROM pg_stat_activity WHERE application_name LIKE 'rowhouse\_scratch\_%' AND starts_with(d.datname, application_name))`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const (
	users  = "CREATE TABLE users (id int PRIMARY KEY, name text, plan int REFERENCES shared.plans)"
	emails = "ALTER TABLE users ADD email text; CREATE INDEX ON users (email)"
)

func TestAnUpgradeThatEndsWhereANewTenantBegins(t *testing.T) {
	t.Parallel()
	c := config(t, users, emails, "UPDATE users SET email = name || '@example.com'")
	c.From = 1
	c.Fixture = "INSERT INTO shared.plans VALUES (1) ON CONFLICT DO NOTHING; INSERT INTO users VALUES (1, 'Ann', 1), (2, NULL, 1)"
	c.Expect = "SELECT id, name FROM users"
	r := run(t, c)
	if !r.Clean() || r.From != 1 || r.Head != 3 {
		t.Errorf("%+v", r)
	}
	for _, d := range r.Data {
		if want := []string{"1 | Ann", `2 | \N`}; !slices.Equal(d.Before, want) || !slices.Equal(d.After, want) {
			t.Errorf("%s: before %q, after %q", d.Tenant, d.Before, d.After)
		}
	}
}

func TestWhatOnlyHappensToRowsIsFound(t *testing.T) {
	t.Parallel()
	c := config(t, users, "DO $$ BEGIN IF EXISTS (SELECT FROM users) THEN ALTER TABLE users ADD legacy int; END IF; END $$")
	c.Fixture = "INSERT INTO users VALUES (1)"
	r := run(t, c)
	if got := found(r); len(got) != 2 || !strings.HasPrefix(got[0], "upgraded tenant first: users.legacy") {
		t.Errorf("found %q", got)
	}
}

func TestWhatTheFirstTenantTakesFromTheSecondIsFound(t *testing.T) {
	t.Parallel()
	c := config(t, users, `DO $$ BEGIN
		IF (SELECT count(*) FROM pg_class WHERE relname = 'users') = 1 THEN CREATE TABLE once (id int); END IF;
	END $$`)
	if got := found(run(t, c)); len(got) != 3 || !strings.HasPrefix(got[0], "new tenant second: table once: ") {
		t.Errorf("found %q", got)
	}
}

func TestRowsThatDoNotSurvive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		last, fixture string
	}{
		"changed": {"UPDATE users SET name = upper(name)", "INSERT INTO users VALUES (1, 'Ann')"},
		"gone":    {"DELETE FROM users", "INSERT INTO users VALUES (1, 'Ann')"},
		"nothing": {"SELECT 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := config(t, users, c.last)
			config.Fixture, config.Expect = c.fixture, "SELECT name FROM users"
			r := run(t, config)
			if r.Clean() || len(r.Differences) > 0 || len(r.Data) != 2 || r.Data[1].Survived() {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestAVersionThatIsNotThere(t *testing.T) {
	t.Parallel()
	c := config(t, users, emails)
	c.From = 7
	if _, err := verify.Run(t.Context(), c); !errors.Is(err, verify.ErrNoVersion) {
		t.Errorf("%v", err)
	}
}

func found(r *verify.Report) (all []string) {
	for _, d := range r.Differences {
		all = append(all, d.String())
	}
	return all
}
