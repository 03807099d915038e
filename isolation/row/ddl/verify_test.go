package ddl_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
)

// sabotages are ways in which a table made by a program, by a function or by hand
// leaves tenants unprotected, with what has to be found.
func sabotages() map[string]string {
	return map[string]string{
		"CREATE TABLE bare (id int)":                                                                               "bare has no column tenant_id",
		"ALTER TABLE polls ALTER tenant_id DROP DEFAULT":                                                           "polls tenant_id does not default to the tenant",
		"ALTER TABLE polls ALTER tenant_id SET DEFAULT gen_random_uuid()":                                          "polls tenant_id does not default to the tenant",
		"ALTER TABLE polls ALTER tenant_id SET DEFAULT nullif(current_setting('rowhouse.tenant', true), '')::uuid": "polls tenant_id does not default to the tenant",
		"ALTER TABLE logs ALTER tenant_id DROP NOT NULL":                                                           "logs tenant_id may be null",
		"ALTER TABLE polls DISABLE ROW LEVEL SECURITY":                                                             "polls row security is off",
		"ALTER TABLE polls NO FORCE ROW LEVEL SECURITY":                                                            "polls row security is not forced on its owner",
		"DROP POLICY rowhouse_tenant ON polls":                                                                     "polls has no policy rowhouse_tenant",
		"ALTER POLICY rowhouse_tenant ON polls USING (true)":                                                       "polls the policy rowhouse_tenant shows other rows than the tenant's",
		"ALTER POLICY rowhouse_tenant ON polls WITH CHECK (true)":                                                  "polls the policy rowhouse_tenant does not check what is written",
		"ALTER POLICY rowhouse_tenant ON polls TO pg_monitor":                                                      "polls the policy rowhouse_tenant is not for everybody and everything",
		"CREATE POLICY open ON polls USING (true)":                                                                 "polls the permissive policy open widens what a tenant sees",
		"CREATE UNIQUE INDEX seen ON polls (title)":                                                                "polls the unique key seen is not led by tenant_id",
		"CREATE UNIQUE INDEX seen ON polls (title, tenant_id)":                                                     "polls the unique key seen is not led by tenant_id",
		"CREATE UNIQUE INDEX seen ON polls ((tenant_id), title); DROP INDEX seen; CREATE UNIQUE INDEX seen ON polls ((tenant_id::text), title)": "polls the unique key seen is not led by tenant_id",
		"ALTER TABLE logs ADD CONSTRAINT alone EXCLUDE (id WITH =)":                                                                             "logs the exclusion alone is not led by tenant_id WITH =",
		"ALTER TABLE logs ADD UNIQUE (tenant_id, id), ADD of uuid, ADD CONSTRAINT far FOREIGN KEY (of, id) REFERENCES polls":                    "logs the foreign key far could refer to another tenant's row",
		"ALTER TABLE polls ADD CONSTRAINT far FOREIGN KEY (tenant_id, id) REFERENCES polls ON UPDATE SET NULL":                                  "polls the foreign key far would change tenant_id",
		"ALTER TABLE polls ADD CONSTRAINT far FOREIGN KEY (tenant_id, id) REFERENCES polls ON DELETE SET NULL":                                  "polls the foreign key far would change tenant_id",
		"CREATE VIEW all_polls AS SELECT * FROM polls":                                                                                          "all_polls the view looks with its owner's eyes: security_invoker is off",
		"ALTER VIEW titles SET (security_invoker = off)":                                                                                        "titles the view looks with its owner's eyes: security_invoker is off",
		"CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM polls":                                                                         "counts a materialized view holds the rows of all tenants",
		"CREATE FUNCTION all_of_them() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM polls'":                            "all_of_them() SECURITY DEFINER runs with its owner's rights",
		"CREATE FUNCTION leak(text) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT true'":                                                       "leak(text) LEAKPROOF is shown rows before the policy",
		"CREATE RULE also AS ON INSERT TO polls DO ALSO SELECT 1":                                                                               "polls the rule also runs with its owner's rights",
		"GRANT TRUNCATE ON polls TO PUBLIC":                                                                                                     "polls TRUNCATE is granted to PUBLIC",
		"CREATE TABLE shared.heir () INHERITS (logs)":                                                                                           "logs its rows in heir are not among the tenants' tables",
		"CREATE VIEW shared.all_polls AS SELECT * FROM polls; GRANT SELECT ON shared.all_polls TO PUBLIC":                                       "all_polls the view outside shows the rows of all tenants to PUBLIC",
		"CREATE MATERIALIZED VIEW shared.kept AS SELECT * FROM titles; GRANT SELECT ON shared.kept TO pg_monitor":                               "kept the view outside shows the rows of all tenants to pg_monitor",
		"CREATE TRIGGER away BEFORE DELETE ON votes FOR EACH ROW EXECUTE FUNCTION counts()":                                                     "votes the trigger away runs behind the foreign key votes_poll_fkey as the tables' owner, who sees the rows of all tenants",
		"CREATE TRIGGER move BEFORE UPDATE OF poll ON votes FOR EACH ROW EXECUTE FUNCTION counts()":                                             "votes the trigger move runs behind the foreign key votes_poll_fkey as the tables' owner, who sees the rows of all tenants",
		"CREATE TRIGGER move AFTER UPDATE ON votes EXECUTE FUNCTION shared.counts()":                                                            "votes the trigger move runs behind the foreign key votes_poll_fkey as the tables' owner, who sees the rows of all tenants",
		"CREATE TRIGGER move BEFORE UPDATE ON votes FOR EACH ROW WHEN (many() > 1) EXECUTE FUNCTION touch()":                                    "votes the trigger move runs behind the foreign key votes_poll_fkey as the tables' owner, who sees the rows of all tenants",
		"CREATE FUNCTION gives() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.tenant_id = OLD.tenant_id; RETURN NEW; END'; CREATE TRIGGER gift BEFORE UPDATE ON votes FOR EACH ROW EXECUTE FUNCTION gives()": "votes the trigger gift runs behind the foreign key votes_poll_fkey as the tables' owner, who sees the rows of all tenants",
		"ALTER TABLE votes ADD CONSTRAINT few CHECK (many() < 3)":                                                                                         "votes the CHECK few runs behind the foreign key votes_poll_fkey as the tables' owner, who sees the rows of all tenants",
		"ALTER TABLE votes ALTER best SET DEFAULT many()":                                                                                                 "votes the default that calls many runs behind the foreign key votes_best_fkey as the tables' owner, who sees the rows of all tenants",
		"CREATE OPERATOR @@@ (FUNCTION = plus, LEFTARG = int, RIGHTARG = int)":                                                                            "@@@(integer,integer) hides a call of plus, which may look at other tenants' rows",
		"CREATE AGGREGATE pluses (int) (SFUNC = plus, STYPE = int)":                                                                                       "pluses hides a call of plus, which may look at other tenants' rows",
		"CREATE FUNCTION poll_of(t text) RETURNS polls LANGUAGE sql STABLE AS 'SELECT p FROM polls p'; CREATE CAST (text AS polls) WITH FUNCTION poll_of": "cast from text to polls hides a call of poll_of, which may look at other tenants' rows",
		"CREATE DOMAIN d AS int DEFAULT many()":                                                                                                           "d hides a call of many, which may look at other tenants' rows",
		"CREATE DOMAIN d AS int CHECK (VALUE < many())":                                                                                                   "d hides a call of many, which may look at other tenants' rows",
		"ALTER FUNCTION many() IMMUTABLE":                                                                                                                 "many() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION shared.f() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT count(*) FROM pooled.polls'":                                         "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION f() RETURNS bigint LANGUAGE sql IMMUTABLE RETURN (SELECT count(*) FROM polls)":                                                   "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT many(); END":                                                          "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT length('-- ') /* ' */ FROM polls -- ' \n$$":                                  "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT length(E'\\' -- ') FROM polls $$":                                            "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS $$ /* -- */ SELECT 1 FROM polls $$":                                                    "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 1 -- /* \n FROM polls -- */ $$":                                              "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS $f$ SELECT length($$ -- $$) FROM polls $f$":                                            "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS $$ /* /* */ -- */ SELECT 1 FROM polls $$":                                              "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE OPERATOR CLASS oc FOR TYPE int USING btree AS FUNCTION 1 plus(int, int)":                                                                  "oc hides a call of plus, which may look at other tenants' rows",
		"ALTER TABLE logs DROP COLUMN tenant_id CASCADE, ADD COLUMN tenant_id text NOT NULL DEFAULT ''":                                                   "logs tenant_id is not a uuid",
		"DROP INDEX logs_rowhouse_tenant":                                                                                                                 "logs has no index that begins with tenant_id: each read would pass through the rows of all tenants",
		"DROP INDEX logs_rowhouse_tenant; CREATE INDEX ON logs (tenant_id) WHERE id > 0":                                                                  "logs has no index that begins with tenant_id: each read would pass through the rows of all tenants",
		"DROP INDEX logs_rowhouse_tenant; CREATE INDEX ON logs (id, tenant_id)":                                                                           "logs has no index that begins with tenant_id: each read would pass through the rows of all tenants",
		"DROP POLICY rowhouse_tenant ON polls; CREATE POLICY rowhouse_tenant ON polls AS RESTRICTIVE USING (true)":                                        "polls the policy rowhouse_tenant is not for everybody and everything",
		"DROP POLICY rowhouse_tenant ON polls; CREATE POLICY rowhouse_tenant ON polls FOR SELECT USING (true)":                                            "polls the policy rowhouse_tenant is not for everybody and everything",
		"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN EXECUTE $1; END'":                                                           "f() is IMMUTABLE and reads tenants' tables: what it returns for one could be kept for another",
		"CREATE FUNCTION shared.all_of_them() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM pooled.polls'":                        "all_of_them() SECURITY DEFINER runs as OWNER, who sees the rows of all tenants, and may be called by PUBLIC: revoke EXECUTE, or give it to an owner without BYPASSRLS",
		"CREATE TABLE heir () INHERITS (logs)":                                                                                                            "heir inherits from another table, whose reads pass its policy by",
	}
}

// Whatever is not protected is found, whoever made it, with its name.
func TestVerifyFinds(t *testing.T) {
	t.Parallel()
	w := newTwin(t, 0)
	w.run(w.migrator, path("pooled"))
	for _, s := range []string{
		"CREATE TABLE polls (id int PRIMARY KEY, title text)", "CREATE TABLE logs (id int)", "CREATE VIEW titles AS SELECT title FROM polls",
		"CREATE TABLE votes (id int PRIMARY KEY, poll int REFERENCES polls ON DELETE CASCADE ON UPDATE CASCADE, at timestamptz, best int REFERENCES polls ON DELETE SET DEFAULT)",
		"CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE polls SET title = count(*) FROM votes; RETURN OLD; END'",
		"CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at = now(); RETURN NEW; END'",
		"CREATE FUNCTION many() RETURNS int LANGUAGE sql STABLE AS 'SELECT count(*)::int FROM polls'",
		"CREATE FUNCTION plus(a int, b int) RETURNS int LANGUAGE sql STABLE AS 'SELECT count(*)::int FROM polls'",
		"CREATE FUNCTION pure(polls text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(polls)'",
		"CREATE FUNCTION told(a int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT /* not from polls */ ''it''''s'' || 1 -- nor from logs, it''s so\n || E''\\'' '' -- execute'",
		"CREATE TRIGGER touched BEFORE UPDATE ON votes FOR EACH ROW EXECUTE FUNCTION touch()",
		"CREATE TRIGGER made AFTER INSERT ON votes EXECUTE FUNCTION counts()",
		"CREATE TRIGGER seen BEFORE UPDATE OF at ON votes FOR EACH ROW EXECUTE FUNCTION counts()",
		"CREATE TRIGGER unchanged BEFORE UPDATE ON votes FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
	} {
		out, err := w.rewriter.Rewrite(s)
		if err != nil {
			t.Fatal(err)
		}
		w.run(w.migrator, out...)
	}
	if findings := w.query(ddl.Verify("pooled")); len(findings) > 0 {
		t.Fatalf("what was rewritten is not protected: %q", findings)
	}
	w.run(w.migrator, "CREATE VIEW shared.counted AS SELECT count(*) FROM polls", "CREATE VIEW shared.own WITH (security_invoker) AS SELECT id FROM polls", "GRANT SELECT ON shared.own TO PUBLIC")
	w.run(w.migrator, "CREATE FUNCTION shared.mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "REVOKE EXECUTE ON FUNCTION shared.mine FROM PUBLIC",
		"CREATE FUNCTION shared.counts() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
		"CREATE FUNCTION shared.lesser() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "ALTER FUNCTION shared.lesser OWNER TO pg_monitor")
	if findings := w.query(ddl.Verify("pooled")); len(findings) > 0 {
		t.Errorf("an operator's view, and one with its reader's eyes: %q", findings)
	}
	owner := w.rows(w.migrator, "SELECT current_user")[0]
	each, n := ddl.VerifyEach("pooled")
	alone := make([]bool, n) // the checks that found something that no other did
	for sabotage, want := range sabotages() {
		want = strings.Replace(want, "OWNER", owner, 1)
		w.run(w.migrator, "BEGIN", sabotage)
		var by []int
		for _, finding := range w.query(each) {
			number, found, _ := strings.Cut(finding, " ")
			if i, err := strconv.Atoi(number); err == nil && found == want && !slices.Contains(by, i) {
				by = append(by, i)
			}
		}
		if len(by) == 0 {
			t.Errorf("%s\nis not found: %q", sabotage, w.query(ddl.Verify("pooled")))
		}
		if len(by) == 1 {
			alone[by[0]] = true
		}
		w.run(w.migrator, "ROLLBACK")
	}
	for i, needed := range alone {
		if !needed {
			t.Errorf("nothing is found by this check alone: %s", ddl.Check(i))
		}
	}
}
