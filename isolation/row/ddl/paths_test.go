package ddl_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// ways lists the ways to rows by name: each ends in a query or COPY that returns emails
// of users, and what it changes is rolled back.
func ways() map[string]string {
	return map[string]string{
		"a table":                     "SELECT email FROM users",
		"TABLE":                       "SELECT email FROM (TABLE users) AS t",
		"ONLY":                        "SELECT email FROM ONLY users",
		"a key":                       "SELECT email FROM users WHERE id IN (1, 2, 3)",
		"a row's place":               "SELECT email FROM users WHERE ctid = ANY (ARRAY(SELECT format('(0,%s)', n)::tid FROM generate_series(1, 9) AS n))",
		"a sample":                    "SELECT email FROM users TABLESAMPLE SYSTEM (100)",
		"a lock":                      "SELECT email FROM users FOR UPDATE",
		"a join":                      "SELECT u.email FROM users v JOIN users u USING (id)",
		"a subquery":                  "SELECT email FROM shared.plans, LATERAL (SELECT email FROM users) AS u",
		"WITH":                        "WITH u AS MATERIALIZED (SELECT * FROM users) SELECT email FROM u",
		"the whole row":               "SELECT (u).email FROM (SELECT u FROM users u) AS t",
		"a view":                      "SELECT email FROM emails",
		"a view of a view":            "SELECT email FROM emails_again",
		"a function in SQL":           "SELECT * FROM emails_of()",
		"a function that is inlined":  "SELECT email FROM all_users()",
		"a function with a plan":      "SELECT * FROM emails_planned()",
		"a function that runs text":   "SELECT * FROM emails_executed()",
		"a function of a row":         "SELECT shout(u) FROM users u",
		"XML of a query":              "SELECT unnest(xpath('//email/text()', query_to_xml('SELECT email FROM users', false, false, '')))::text",
		"XML of a table":              "SELECT unnest(xpath('//email/text()', table_to_xml('users', false, false, '')))::text",
		"UPDATE":                      "UPDATE users SET email = email RETURNING email",
		"UPDATE FROM":                 "UPDATE users u SET email = u.email FROM users v WHERE v.id = u.id RETURNING u.email",
		"DELETE":                      "DELETE FROM logins; DELETE FROM users RETURNING email",
		"DELETE USING":                "DELETE FROM logins; DELETE FROM users u USING users v WHERE v.id = u.id RETURNING u.email",
		"a trigger's rows":            "DELETE FROM logins; SELECT * FROM emails_deleted()",
		"ON CONFLICT ON CONSTRAINT":   "INSERT INTO users (id, email) SELECT id, email FROM users ON CONFLICT ON CONSTRAINT users_email_key DO UPDATE SET email = excluded.email RETURNING email",
		"ON CONFLICT of the key":      "INSERT INTO users (id) SELECT id FROM users ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET id = users.id RETURNING email",
		"COPY TO of a table":          "COPY users (email) TO STDOUT",
		"COPY TO of a query":          "COPY (SELECT email FROM users) TO STDOUT",
		"a cursor":                    "DECLARE c CURSOR FOR SELECT email FROM users; FETCH ALL FROM c",
		"a cursor that goes back":     "DECLARE c SCROLL CURSOR FOR SELECT email FROM users; MOVE ALL FROM c; FETCH BACKWARD ALL FROM c",
		"a prepared statement":        "EXECUTE by_id(1, 3)",
		"a prepared statement's plan": "EXECUTE everybody",
		"partitions":                  "SELECT email FROM logins",
		"one partition":               "SELECT email FROM logins_2026",
		"a table made of a query":     "CREATE TEMP TABLE t ON COMMIT DROP AS SELECT email FROM users; SELECT email FROM t",
	}
}

// street is users of ann and of bob with equal ids, and everything that looks at them.
const street = `CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);
	CREATE TABLE logins (at date, email text, id bigint REFERENCES users, PRIMARY KEY (at, email)) PARTITION BY RANGE (at);
	CREATE TABLE logins_2026 PARTITION OF logins FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
	CREATE VIEW emails AS SELECT email FROM users;
	CREATE VIEW all_columns AS SELECT * FROM users;
	CREATE VIEW emails_again WITH (security_barrier) AS SELECT email FROM emails;
	CREATE FUNCTION emails_of() RETURNS SETOF text LANGUAGE sql VOLATILE AS 'SELECT email FROM users';
	CREATE FUNCTION all_users() RETURNS SETOF users LANGUAGE sql STABLE AS 'SELECT * FROM users';
	CREATE FUNCTION emails_planned() RETURNS SETOF text LANGUAGE plpgsql AS 'DECLARE e text; BEGIN FOR e IN SELECT email FROM users LOOP RETURN NEXT e; END LOOP; END';
	CREATE FUNCTION emails_executed() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXECUTE ''SELECT email FROM users''; END';
	CREATE FUNCTION emails_deleted() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY DELETE FROM users RETURNING email; END';
	CREATE FUNCTION shout(u users) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT u.email'`

func newStreet(t *testing.T) *twin {
	t.Helper()
	w := newTwin(t, 0)
	w.once(sqllex.Split(street))
	for tenant, rows := range map[string]string{ann: "(1, 'ann@a'), (2, 'x@x')", bob: "(1, 'bob@b'), (2, 'x@x'), (3, 'bob@a')"} {
		w.run(w.app, path("pooled"), "SET rowhouse.tenant = '"+tenant+"'", "INSERT INTO users VALUES "+rows, "INSERT INTO logins SELECT '2026-02-03', email, id FROM users")
	}
	w.run(w.migrator, "ANALYZE")
	return w
}

func (w *twin) open(url string) *pgx.Conn {
	w.t.Helper()
	conn := connect(w.t, url)
	w.run(conn, path("pooled"), "PREPARE everybody AS SELECT email FROM users", "PREPARE by_id AS SELECT email FROM users WHERE id BETWEEN $1 AND $2")
	return conn
}

// take goes one of the ways in a transaction that is rolled back.
func (w *twin) take(conn *pgx.Conn, way string) ([]string, error) {
	w.t.Helper()
	w.run(conn, "BEGIN")
	defer w.run(conn, "ROLLBACK")
	var out bytes.Buffer
	ctx, pg := context.Background(), conn.PgConn()
	switch {
	case strings.HasPrefix(way, "COPY") && strings.HasSuffix(way, "FROM STDIN"):
		_, err := pg.CopyFrom(ctx, &out, way)
		return nil, err
	case strings.HasPrefix(way, "COPY"):
		_, err := pg.CopyTo(ctx, &out, way)
		return lines(out.String()), err
	}
	results, err := pg.Exec(ctx, way).ReadAll()
	if err != nil || len(results) == 0 {
		return nil, err
	}
	for _, row := range results[len(results)-1].Rows {
		out.Write(row[0])
		out.WriteByte('\n')
	}
	return lines(out.String()), nil
}

func lines(text string) []string {
	all := strings.Fields(text)
	slices.Sort(all)
	return all
}

// Each way leads to the tenant's rows and to no others, on one connection, from one
// tenant to the other and so often that plans are kept; and nowhere without a tenant,
// neither where the setting is unknown nor where it has ended.
func TestEveryWayLeadsToTheTenantsRows(t *testing.T) {
	t.Parallel()
	w := newStreet(t)
	url := w.app.Config().ConnString()
	used, never := w.open(url), w.open(url)
	want := map[string][]string{ann: {"ann@a", "x@x"}, bob: {"bob@a", "bob@b", "x@x"}}
	for name, way := range ways() {
		for range 7 { // the sixth plan of a prepared statement is kept
			for _, tenant := range []string{ann, bob} {
				w.run(used, "SET rowhouse.tenant = '"+tenant+"'")
				if got, err := w.take(used, way); err != nil || !slices.Equal(got, want[tenant]) {
					t.Fatalf("%s: %s reads %q, %v", name, tenant, got, err)
				}
			}
		}
		w.run(used, "RESET rowhouse.tenant")
		for state, conn := range map[string]*pgx.Conn{"22P02": used, "42704": never} {
			got, err := w.take(conn, way)
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || pg.Code != state {
				t.Errorf("%s: without a tenant it reads %q, %v, want SQLSTATE %s", name, got, err, state)
			}
		}
	}
}
