package ddl_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
)

// known returns a rewriter that knows some tables, functions and a trigger.
func known(t testing.TB) *ddl.Rewriter {
	t.Helper()
	r := start()
	r.Model.Extensions = nil
	for _, s := range []string{
		"CREATE TABLE users (id int PRIMARY KEY, email text)",
		"CREATE TABLE polls (id int PRIMARY KEY, title text, owner int REFERENCES users)",
		"CREATE TABLE watched (id int PRIMARY KEY)", "ALTER TABLE watched ADD COLUMN more int",
		"CREATE TRIGGER t BEFORE UPDATE ON watched EXECUTE FUNCTION x()",
		"CREATE FUNCTION looks() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'",
		"CREATE VIEW v AS SELECT 1",
		"CREATE TABLE lonely (id int)",
		"CREATE TABLE log (poll int REFERENCES polls ON DELETE CASCADE, by int REFERENCES users)",
		"CREATE TRIGGER l AFTER DELETE ON log EXECUTE FUNCTION x()",
	} {
		if _, err := r.Rewrite(s); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// What cannot be kept apart is refused with the name of what it is about.
func TestRefused(t *testing.T) {
	t.Parallel()
	for sql, object := range map[string]string{
		// tables that cannot have the column or the policies
		"CREATE TABLE a (id int, tenant_id int)":                       "tenant_id",
		"CREATE TABLE a AS SELECT * FROM polls":                        "a",
		"CREATE TABLE a (x) AS TABLE polls":                            "a",
		"CREATE TABLE a (id int) INHERITS (polls)":                     "a",
		"CREATE TABLE a OF point_type":                                 "a",
		"CREATE TABLE a (LIKE polls INCLUDING ALL)":                    "a",
		"CREATE TABLE a (LIKE polls INCLUDING INDEXES)":                "a",
		"CREATE TABLE a PARTITION OF elsewhere DEFAULT":                "a",
		"CREATE TABLE a PARTITION OF polls (PRIMARY KEY (id)) DEFAULT": "a",
		"CREATE TABLE public.a (id int)":                               "public.a",
		"CREATE TEMP TABLE a (id int)":                                 "CREATE TEMP TABLE",
		"CREATE LOCAL TEMPORARY VIEW a AS SELECT 1":                    "CREATE LOCAL TEMPORARY",
		"CREATE FOREIGN TABLE a (id int) SERVER s":                     "CREATE FOREIGN TABLE",
		"CREATE MATERIALIZED VIEW m AS SELECT 1":                       "m",
		"REFRESH MATERIALIZED VIEW m":                                  "REFRESH MATERIALIZED VIEW",
		"SELECT * INTO a FROM polls":                                   "SELECT * INTO",
		// keys that would not hold
		"CREATE TABLE a (x int, y int, CONSTRAINT k FOREIGN KEY (x, y) REFERENCES polls (id, owner) MATCH FULL)":                     "k",
		"CREATE TABLE a (x int REFERENCES polls ON UPDATE SET NULL)":                                                                 "a.x",
		"ALTER TABLE users ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES polls ON UPDATE SET DEFAULT ON DELETE CASCADE":               "k",
		"CREATE TABLE a (r int4range, CONSTRAINT k EXCLUDE USING gist (r WITH &&))":                                                  "k",
		"CREATE TABLE a (r box, EXCLUDE USING spgist (r WITH &&))":                                                                   "a",
		"ALTER TABLE polls ADD tenant_id uuid":                                                                                       "tenant_id",
		"ALTER TABLE polls DROP COLUMN \"tenant_id\"":                                                                                "tenant_id",
		"ALTER TABLE polls RENAME title TO tenant_id":                                                                                "tenant_id",
		"CREATE VIEW w AS SELECT p.id, p.title, count(*) FROM polls p JOIN users u ON u.id = p.owner GROUP BY p.id":                  "w",
		"CREATE VIEW w AS SELECT polls.*, count(*) FROM polls GROUP BY id":                                                           "w",
		"CREATE VIEW w AS SELECT 1 FROM (SELECT id, title FROM polls GROUP BY id) q":                                                 "w",
		"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO a VALUES (1) ON CONFLICT (id) DO NOTHING; END $$": "f",
		"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'TRUNCATE polls'":                                                          "f",
		"CREATE PROCEDURE f() BEGIN ATOMIC INSERT INTO a VALUES (1) ON CONFLICT (id) DO NOTHING; END":                                "f",
		// row security must stay, for everybody
		"ALTER TABLE polls DISABLE ROW LEVEL SECURITY":                                         "polls",
		"ALTER TABLE polls NO FORCE ROW LEVEL SECURITY":                                        "polls",
		"ALTER TABLE polls INHERIT users":                                                      "polls",
		"ALTER TABLE polls OWNER TO app":                                                       "polls",
		"ALTER TABLE polls SET SCHEMA other":                                                   "polls",
		"ALTER TABLE polls ATTACH PARTITION elsewhere DEFAULT":                                 "elsewhere",
		"ALTER TABLE shared.plans ADD x int":                                                   "plans",
		"ALTER TABLE plans ADD x int":                                                          "plans",
		"DROP TABLE plans":                                                                     "plans",
		"DROP TABLE shared.plans":                                                              "shared.plans",
		"CREATE INDEX ON plans (id)":                                                           "plans",
		"DROP POLICY rowhouse_tenant ON polls":                                                 "rowhouse_tenant",
		"ALTER POLICY rowhouse_tenant ON polls USING (true)":                                   "rowhouse_tenant",
		"CREATE POLICY p ON polls USING (true)":                                                "p",
		"CREATE POLICY p ON polls AS PERMISSIVE USING (true)":                                  "p",
		"CREATE POLICY rowhouse_tenant ON users AS RESTRICTIVE USING (true)":                   "rowhouse_tenant",
		"CREATE VIEW w WITH (security_invoker = off) AS SELECT 1":                              "w",
		"ALTER VIEW v SET (security_invoker = false)":                                          "v",
		"ALTER TABLE v RESET (security_invoker)":                                               "v",
		"ALTER VIEW v OWNER TO app":                                                            "v",
		"CREATE RULE r AS ON INSERT TO polls DO INSTEAD NOTHING":                               "CREATE RULE r",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'":          "f",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'":                 "f",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET row_security = off AS 'SELECT 1'":    "f",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET rowhouse.tenant = 'x' AS 'SELECT 1'": "f",
		"ALTER FUNCTION looks() SECURITY DEFINER":                                              "looks",
		"ALTER FUNCTION looks() OWNER TO app":                                                  "looks",
		"GRANT SELECT, TRUNCATE ON polls TO app":                                               "GRANT SELECT ,",
		"ALTER DEFAULT PRIVILEGES IN SCHEMA pooled GRANT TRUNCATE ON TABLES TO app":            "ALTER DEFAULT PRIVILEGES",
		"SET row_security = off":                                                               "SET row_security =",
		"RESET rowhouse.tenant":                                                                "RESET rowhouse .",
		"SELECT set_config('rowhouse.tenant', 'x', false)":                                     "set_config",
		// rows of several tenants at once
		"INSERT INTO polls VALUES (1)": "INSERT INTO polls",
		"TRUNCATE polls":               "TRUNCATE polls",
		"COPY polls FROM '/tmp/x'":     "COPY polls FROM",
		"DO $$ BEGIN END $$":           "DO $$ BEGIN END $$",
		"CALL p()":                     "CALL p (",
		"MERGE INTO polls USING users ON true WHEN MATCHED THEN DELETE":       "MERGE INTO polls",
		"UPDATE polls SET title = (SELECT email FROM users WHERE id = owner)": "polls",
		"UPDATE polls SET title = email FROM users WHERE users.id = owner":    "polls",
		"DELETE FROM polls USING users WHERE users.id = owner":                "polls",
		"DELETE FROM polls WHERE owner NOT IN (SELECT id FROM users)":         "polls",
		"DELETE FROM users":                                         "users",
		"UPDATE watched SET more = 1":                               "watched",
		"UPDATE polls SET owner = looks()":                          "polls",
		"UPDATE polls SET tenant_id = NULL":                         "tenant_id",
		"UPDATE plans SET name = ''":                                "plans",
		"ALTER TABLE polls ADD n int DEFAULT looks()":               "polls",
		"ALTER TABLE polls ALTER owner TYPE bigint USING looks()":   "polls",
		"UPDATE polls SET owner = polls.looks":                      "polls",
		"ALTER EXTENSION x ADD FUNCTION f()":                        "x",
		"SELECT looks()":                                            "SELECT looks (",
		"WITH a AS (DELETE FROM polls RETURNING 1) SELECT * FROM a": "WITH a AS",
		// not for a tenant, or not readable
		"CREATE SCHEMA a":                   "CREATE SCHEMA a",
		"CREATE EVENT TRIGGER e ON x":       "CREATE EVENT TRIGGER",
		"DROP SCHEMA pooled CASCADE":        "DROP SCHEMA pooled",
		"ALTER SYSTEM SET x = 1":            "ALTER SYSTEM SET",
		"VACUUM; DROP TABLE polls":          "VACUUM ; DROP",
		"CREATE TABLE a (id int":            "CREATE TABLE a",
		"CREATE TABLE U&\"\\0061\" (a int)": "U&\"\\0061\"",
		"CREATE TABLE a (b text DEFAULT 'x": "CREATE TABLE a",
		"frobnicate":                        "frobnicate",
	} {
		refused(t, known(t), (*ddl.Rewriter).Rewrite, sql, object)
	}
}

func TestRefusedForEachTenant(t *testing.T) {
	t.Parallel()
	for sql, object := range map[string]string{
		"CREATE TABLE a (id int)":                                   "CREATE TABLE a",
		"TRUNCATE polls":                                            "TRUNCATE polls",
		"INSERT INTO plans VALUES (1)":                              "plans",
		"INSERT INTO watched VALUES (1, 2, 3)":                      "watched",
		"INSERT INTO watched (SELECT 1, 2)":                         "watched",
		"INSERT INTO polls (id, tenant_id) VALUES (1, 'x')":         "tenant_id",
		"SELECT setval('polls_id_seq', 1)":                          "setval",
		"SELECT * INTO a FROM polls":                                "SELECT * INTO",
		"SELECT pg_catalog.set_config('row_security', 'off', true)": "set_config",
		"DO $$ BEGIN TRUNCATE polls; END $$":                        "DO $$ BEGIN TRUNCATE polls; END $$",
	} {
		refused(t, known(t), (*ddl.Rewriter).EachTenant, sql, object)
	}
}

func refused(t *testing.T, r *ddl.Rewriter, rewrite func(*ddl.Rewriter, string) ([]string, error), sql, object string) {
	t.Helper()
	before, _ := json.Marshal(r.Model)
	out, err := rewrite(r, sql)
	var refusal *ddl.RefusedError
	if !errors.As(err, &refusal) || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%s\nbecame %q, %v", sql, out, err)
		return
	}
	if refusal.Object != object || refusal.Statement != sql || refusal.Reason == "" {
		t.Errorf("%s\nnames %q, want %q (%s)", sql, refusal.Object, object, refusal.Reason)
	}
	if after, _ := json.Marshal(r.Model); string(after) != string(before) {
		t.Errorf("%s\nchanged the model", sql)
	}
}

// What only looks like one of those is let through.
func TestLetThrough(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"ALTER TABLE polls ALTER owner SET DEFAULT looks()", "UPDATE polls SET title = substring(title FROM 2)",
		"UPDATE polls SET owner = NULL WHERE title IS NOT DISTINCT FROM 'x'", "DELETE FROM ONLY lonely WHERE id < 0",
		"COMMENT ON TABLE polls IS 'TRUNCATE'", "CREATE FUNCTION f() RETURNS int LANGUAGE sql NOT LEAKPROOF AS 'SELECT 1'",
		"GRANT TRUNCATE ON SEQUENCE s TO app", "GRANT admin TO app", "REVOKE ALL ON polls FROM app", "SET LOCAL lock_timeout = '1s'",
		"SELECT count(*) FROM polls", "DROP TABLE IF EXISTS plans", "ALTER TABLE IF EXISTS gone DROP COLUMN a",
		"ALTER TABLE polls DISABLE TRIGGER USER", "ALTER TABLE v RENAME TO w", "ALTER TYPE mood ADD VALUE 'x'", "LOCK TABLE polls",
	} {
		out, err := known(t).Rewrite(sql)
		if err != nil || len(out) != 1 || out[0] != sql {
			t.Errorf("%s\nbecame %q, %v", sql, out, err)
		}
	}
	for _, query := range []string{
		"SELECT owner, count(*) FROM polls GROUP BY owner", "SELECT p.owner AS o, count(*) FROM polls AS p GROUP BY o", "SELECT owner FROM polls GROUP BY 1",
		"SELECT pl.id, pl.name FROM shared.plans pl JOIN polls ON true GROUP BY pl.id", "SELECT id, title FROM polls GROUP BY ROLLUP (id, title)",
		"SELECT max(id), lower(title) FROM polls GROUP BY lower(title) HAVING count(*) > 1 ORDER BY 1", "SELECT id, title FROM polls",
	} {
		if _, err := known(t).Rewrite("CREATE VIEW w AS " + query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}
