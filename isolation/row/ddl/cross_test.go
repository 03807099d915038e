package ddl_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// What would give a row away, take one, or reach all of them fails with its SQLSTATE:
// 42501 is a policy's or a privilege's, 23503 a foreign key's, 0A000 not supported.
func TestNothingCrosses(t *testing.T) {
	t.Parallel()
	w := newStreet(t)
	app := w.open(w.app.Config().ConnString())
	w.run(app, "SET rowhouse.tenant = '"+ann+"'")
	const other = "'" + bob + "'"
	for sql, state := range map[string]string{
		"INSERT INTO users (id, tenant_id) VALUES (9, " + other + ")":                                                                              "42501",
		"INSERT INTO users (id, tenant_id) VALUES (9, NULL)":                                                                                       "42501",
		"INSERT INTO users SELECT id, email, " + other + " FROM users":                                                                             "42501",
		"INSERT INTO logins (at, email, tenant_id) VALUES ('2026-03-03', 'x', " + other + ")":                                                      "42501",
		"INSERT INTO logins_2026 (at, email, tenant_id) VALUES ('2026-03-03', 'x', " + other + ")":                                                 "42501",
		"INSERT INTO all_columns (id, tenant_id) VALUES (9, " + other + ")":                                                                        "42501",
		"UPDATE users SET tenant_id = " + other:                                                                                                    "42501",
		"UPDATE all_columns SET tenant_id = " + other:                                                                                              "42501",
		"UPDATE users SET (tenant_id, email) = (SELECT " + other + "::uuid, email)":                                                                "42501",
		"UPDATE logins SET tenant_id = " + other + ", id = NULL":                                                                                   "42501",
		"INSERT INTO users (id) VALUES (1) ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET tenant_id = " + other:                                "42501",
		"MERGE INTO users u USING (VALUES (1)) AS v (id) ON u.id = v.id WHEN MATCHED THEN UPDATE SET tenant_id = " + other:                         "42501",
		"MERGE INTO users u USING (VALUES (9)) AS v (id) ON u.id = v.id WHEN NOT MATCHED THEN INSERT (id, tenant_id) VALUES (v.id, " + other + ")": "42501",
		"INSERT INTO logins VALUES ('2026-03-03', 'x', 3)":                                                                                         "23503",
		"UPDATE logins SET id = 3":                               "23503",
		"TRUNCATE users CASCADE":                                 "42501",
		"TRUNCATE logins_2026":                                   "42501",
		"COPY users FROM STDIN":                                  "0A000",
		"COPY logins_2026 FROM STDIN":                            "0A000",
		"ALTER TABLE users NO FORCE ROW LEVEL SECURITY":          "42501",
		"ALTER TABLE users ALTER tenant_id SET DEFAULT " + other: "42501",
		"DROP POLICY rowhouse_tenant ON users":                   "42501",
		"SET row_security = off; SELECT * FROM users":            "42501",
		"CREATE TABLE spy (of text)":                             "42501",
		"CREATE TEMP TABLE spy (tenant_id uuid, id bigint, FOREIGN KEY (tenant_id, id) REFERENCES users (tenant_id, id))": "42P16",
		"CREATE STATISTICS spy ON id, email FROM users":                                                                   "42501",
		"SELECT * FROM pg_statistic":    "42501",
		"CREATE INDEX ON users (email)": "42501",
	} {
		_, err := w.take(app, sql)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != state {
			t.Errorf("%s: %v, want SQLSTATE %s", sql, err, state)
		}
	}
	w.run(app, "RESET row_security", "SET rowhouse.tenant = "+other)
	for way, want := range map[string]int{"TABLE users": 3, "TABLE logins": 3} {
		if got := w.rows(app, way); len(got) != want {
			t.Errorf("%s: the other tenant has %q", way, got)
		}
	}
}

// Whether another tenant has a row cannot be told by errors, counts or statistics.
func TestNothingTellsOfOthers(t *testing.T) {
	t.Parallel()
	w := newStreet(t)
	app := w.open(w.app.Config().ConnString())
	w.run(app, "SET rowhouse.tenant = '"+ann+"'")
	refusal := func(id string) string {
		_, err := app.Exec(context.Background(), "INSERT INTO logins VALUES ('2026-03-03', 'x', "+id+")")
		var pg *pgconn.PgError
		if !errors.As(err, &pg) {
			t.Fatalf("a reference to %s: %v", id, err)
		}
		return strings.ReplaceAll(pg.Message+pg.Detail, id, "N")
	}
	if theirs, nobodys := refusal("3"), refusal("77"); theirs != nobodys {
		t.Errorf("a row of another tenant gives %q, one that is not there %q", theirs, nobodys)
	}
	if _, err := w.take(app, "INSERT INTO users VALUES (3, 'bob@b')"); err != nil {
		t.Errorf("an id and an address that another has: %v", err)
	}
	if _, err := w.take(app, "UPDATE users SET email = 'bob@a' WHERE id = 1"); err != nil {
		t.Errorf("an address that another has: %v", err)
	}
	for what, sql := range map[string]string{
		"statistics":   "SELECT attname, most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE tablename = 'users'",
		"a count":      "SELECT 1 FROM users HAVING count(*) <> 2",
		"another's id": "SELECT 1 FROM users WHERE tenant_id <> '" + ann + "'",
		"a join":       "SELECT 1 FROM users JOIN logins USING (id) WHERE users.tenant_id <> logins.tenant_id",
	} {
		if got := w.rows(app, sql); len(got) > 0 {
			t.Errorf("%s: %q", what, got)
		}
	}
}
