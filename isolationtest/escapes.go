package isolationtest

import (
	"context"
	"fmt"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// escapes are statements with which somebody could leave the tenant, or leave
// something behind for the next one. %[1]s is the other tenant's schema. The suite
// does not ask how they end, only what can be seen afterwards.
func escapesSQL() map[string][]string {
	return map[string][]string{
		"search path": {
			"SET search_path = %[1]s", "SET SESSION search_path TO %[1]s", "SET LOCAL search_path TO %[1]s",
			"SET SCHEMA '%[1]s'", `SET LOCAL "search_path" TO %[1]s`, "RESET search_path", "RESET ALL",
			"/* a comment */ SET search_path = %[1]s", "-- a comment\nSET LOCAL search_path = %[1]s",
			"/* nested /* comment */ */ RESET search_path", `SET LOCAL U&"search\005fpath" TO %[1]s`,
			"SET search_path FROM CURRENT", "SET LOCAL search_path TO DEFAULT",
		},
		"set_config": {
			"SELECT set_config('search_path', '%[1]s', true)", "SELECT set_config('search_path', '%[1]s', false)",
			"SELECT pg_catalog.set_config('search' || '_path', '%[1]s', true)", "SELECT SET_CONFIG('search_path', '%[1]s', true)",
			`SELECT "set_config"(E'search\x5fpath', '%[1]s', true)`, `SELECT U&"set\005fconfig"('search_path', '%[1]s', true)`,
			"SELECT /* set */ set_config /* config */ ('search_path', '%[1]s', true)",
			"SELECT set_config(name, '%[1]s', true) FROM pg_settings WHERE name = 'search_path'",
			"SELECT set_config(setting_name => 'search_path', new_value => '%[1]s', is_local => true)",
			"UPDATE pg_settings SET setting = '%[1]s' WHERE name = 'search_path'",
			"WITH u AS (UPDATE pg_catalog.pg_settings SET setting = '%[1]s' WHERE name = 'search_path' RETURNING 1) SELECT 1",
			"SELECT set_config('datestyle', 'SQL', false)",
		},
		"tenant setting": {
			"SET rowhouse.tenant = '%[2]s'", "SET LOCAL rowhouse.tenant = '%[2]s'", `SET LOCAL "rowhouse.tenant" = '%[2]s'`,
			`SET LOCAL "rowhouse"."tenant" TO '%[2]s'`, "SET LOCAL Rowhouse.Tenant = '%[2]s'", "RESET rowhouse.tenant",
			"SELECT set_config('rowhouse.tenant', '%[2]s', true)", "SELECT set_config('ROWHOUSE.tenant', '%[2]s', true)",
			"WITH s AS (SELECT set_config('rowhouse' || '.tenant', '%[2]s', true)) SELECT * FROM s, notes",
			"SELECT query_to_xml('SELECT set_config(''rowhouse.tenant'', ''%[2]s'', true)', true, true, '')",
			"SELECT * FROM ts_stat('SELECT set_config(''rowhouse.tenant'', ''%[2]s'', true)::tsvector')",
			"DO $$ BEGIN SET LOCAL rowhouse.tenant = '%[2]s'; END $$", "DO $$ BEGIN PERFORM set_config('rowhouse.tenant', '%[2]s', true); END $$",
			"ALTER ROLE CURRENT_USER IN DATABASE %[3]s SET rowhouse.tenant = '%[2]s'", "SET LOCAL row_security = off",
			"CREATE OR REPLACE FUNCTION pg_temp.escape() RETURNS text LANGUAGE sql SET rowhouse.tenant = '%[2]s' AS 'SELECT owner FROM notes'",
		},
		"role": {
			"RESET ROLE", "SET ROLE pg_monitor", "SET LOCAL ROLE pg_monitor", "SET SESSION AUTHORIZATION DEFAULT",
			"SET LOCAL SESSION AUTHORIZATION DEFAULT", "RESET SESSION AUTHORIZATION", "SELECT set_config('role', 'pg_monitor', true)",
		},
		"session": {
			"DISCARD ALL", "DISCARD TEMP", "DISCARD PLANS", "PREPARE escape AS SELECT owner FROM notes", "EXECUTE escape",
			"DEALLOCATE ALL", "LISTEN escape", "UNLISTEN *", "LOAD 'plpgsql'", "SET datestyle = 'SQL'", "SET TIME ZONE 'Asia/Tokyo'",
			"SET standard_conforming_strings = off", "SELECT pg_advisory_lock(4711)", "SELECT pg_try_advisory_lock_shared(4711)",
			"SELECT pg_advisory_unlock_all()", "DECLARE escape CURSOR WITH HOLD FOR SELECT owner FROM notes",
			"DECLARE escape BINARY INSENSITIVE NO SCROLL CURSOR /* */ WITH /* */ HOLD FOR SELECT owner FROM notes",
		},
		"temporary tables": {
			"CREATE TEMP TABLE notes AS SELECT 1 AS id, 'temp'::text AS owner", "CREATE TEMPORARY TABLE notes (id int, owner text)",
			"CREATE LOCAL TEMP TABLE notes (id int, owner text)", "CREATE TEMP VIEW notes AS SELECT 1 AS id, 'temp'::text AS owner",
			"CREATE OR REPLACE TEMP VIEW notes AS SELECT 1 AS id, 'temp'::text AS owner", "CREATE TEMP SEQUENCE notes",
			"CREATE TABLE pg_temp.notes (id int, owner text)", `CREATE TABLE "pg_temp".notes (id int, owner text)`,
			"CREATE TEMP TABLE notes (id int, owner text) ON COMMIT DROP", "CREATE TEMP TABLE notes (id int, owner text) ON COMMIT DELETE ROWS",
			"SELECT 1 AS id, 'temp'::text AS owner INTO TEMP notes", "SELECT 1 AS id, 'temp'::text AS owner INTO LOCAL TEMPORARY TABLE notes",
			"(SELECT 1 AS id, 'temp'::text AS owner INTO TEMP notes)", "WITH x AS (SELECT 1 AS id, 'temp'::text AS owner) SELECT * INTO TEMP notes FROM x",
			"EXPLAIN ANALYZE CREATE TEMP TABLE notes AS SELECT 1 AS id, 'temp'::text AS owner",
			"EXPLAIN ANALYZE SELECT 1 AS id, 'temp'::text AS owner INTO TEMP notes",
		},
		"transaction control": {
			"BEGIN", "START TRANSACTION", "COMMIT", "COMMIT AND CHAIN", "END", "ABORT", "ROLLBACK", "ROLLBACK AND CHAIN", "SAVEPOINT escape",
			"RELEASE escape", "ROLLBACK TO escape", "/**/ COMMIT", "PREPARE TRANSACTION 'escape'", "CALL shared.commits()",
			"DO $$ BEGIN COMMIT; END $$", "DO $$ BEGIN ROLLBACK; END $$",
		},
		"bodies": {
			"DO $$ BEGIN PERFORM set_config('search_path', '%[1]s', true); END $$", "DO $x$ BEGIN EXECUTE 'SET search_path TO %[1]s'; END $x$",
			"DO 'BEGIN PERFORM set_config(''search_path'', ''%[1]s'', true); END'", "DO $$ BEGIN SET search_path TO %[1]s; END $$",
			`DO E'BEGIN PERFORM set\x5fconfig(''search_path'', ''%[1]s'', true); END'`, `DO U&'BEGIN PERFORM set\005fconfig(''search_path'', ''%[1]s'', true); END'`,
			"DO 'BEGIN PERFORM set_'\n'config(''search_path'', ''%[1]s'', true); END'", "DO $$ BEGIN SET datestyle = 'SQL'; END $$",
			"DO $$ BEGIN CREATE TEMP TABLE notes (id int, owner text); END $$", "DO $$ BEGIN PERFORM pg_advisory_lock(4711); END $$",
			"DO $$ BEGIN PREPARE escape AS SELECT 1; END $$", "DO $$ BEGIN LISTEN escape; END $$",
			"DO $$ BEGIN UPDATE pg_settings SET setting = '%[1]s' WHERE name = 'search_path'; END $$",
		},
		"copy and many": {
			"COPY notes TO STDOUT", "COPY notes FROM STDIN", "COPY (SELECT 1) TO STDOUT", "SELECT 1; SET search_path TO %[1]s",
			"SELECT 1; COMMIT; SELECT 2", "; SET search_path TO %[1]s", "", ";", "-- nothing", "VACUUM notes",
			"CREATE DATABASE escape_from_tenant", "ALTER SYSTEM SET work_mem = '4MB'", "REINDEX TABLE notes", "CLUSTER notes",
			"CREATE INDEX CONCURRENTLY ON notes (owner)",
		},
	}
}

// escapes tries all of them on one connection, alone and in a transaction.
func escapes(s *stage) {
	for name, statements := range escapesSQL() {
		s.part(name, func(s *stage) {
			a, b := s.create("a"), s.create("b")
			door, behind := s.target.Open(s.T, 1)
			database := s.database(door, a)
			for _, statement := range statements {
				statement = strings.NewReplacer("%[1]s", b.Placement.Schema, "%[2]s", b.ID.String(), "%[3]s", database).Replace(statement)
				if !s.Run(label(statement), func(t T) { (&stage{T: t, target: s.target}).tries(door, behind, a, b, statement) }) {
					door, behind = s.target.Open(s.T, 1) // what the one left must not blame the next
				}
			}
			s.untouched(b)
		})
	}
	s.part("what hides in functions", litter)
}

// database returns the quoted name of the database that t is in, and sees to it that no
// setting stays there for the role: it would be everybody's.
func (s *stage) database(door Door, t *tenant.Tenant) string {
	s.Helper()
	name, err := column(s.as(t), door, "SELECT quote_ident(current_database())")
	s.must("database", err)
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(tenant.NewContext(context.Background(), t), s.target.Patience)
		defer cancel()
		_, _ = door.Exec(ctx, "ALTER ROLE CURRENT_USER IN DATABASE "+fmt.Sprint(name[0])+" RESET rowhouse.tenant") // a door that holds refuses
	})
	return fmt.Sprint(name[0])
}

func (s *stage) tries(door Door, behind Connections, a, b *tenant.Tenant, statement string) {
	_, _ = door.Exec(s.as(a), statement)
	s.sees(door, b)
	s.sees(door, a)
	tx := s.begin(door, a)
	s.exec(tx, s.as(a), "UPDATE notes SET n = 1 WHERE id = 3")
	_, _ = tx.Exec(s.as(a), statement)
	s.inside(tx, a)
	if _, err := tx.Exec(s.as(a), "UPDATE notes SET body = 'inside' WHERE id = 2"); err == nil {
		s.inside(tx, a)
	}
	_ = tx.Rollback(s.as(a))
	s.sees(door, b)
	s.rolledBack(door, a)
	s.clean(behind)
}

// inside fails the test where a transaction of t reads a stranger's row. That it
// reads nothing, because it failed, is right.
func (s *stage) inside(r Runner, t *tenant.Tenant) {
	s.Helper()
	if got, err := owner(s.as(t), r); err == nil && got != t.ID.String() {
		s.Errorf("in its transaction %s reads a row of %q", t.Slug, got)
	}
}

func (s *stage) rolledBack(door Door, t *tenant.Tenant) {
	s.Helper()
	got, err := column(s.as(t), door, "SELECT id FROM notes WHERE n <> 0 OR body <> ''")
	if err != nil || len(got) > 0 {
		s.Errorf("after the rollback notes %v are changed (%v)", got, err)
	}
}

// label makes a statement the name of a subtest.
func label(statement string) string {
	return fmt.Sprintf("%.60s", strings.NewReplacer("\n", " ", "/", "|").Replace(statement))
}

// litter: no reader sees into functions. What one leaves in the session must not
// stand in the way of the next tenant's tables.
func litter(s *stage) {
	door, _ := s.target.Open(s.T, 1) // litter is left on purpose: nobody looks behind
	a, b := s.create("a"), s.create("b")
	session, err := column(s.as(a), door, "SELECT shared.litters()")
	s.must("litter", err)
	s.Cleanup(func() { // behind a pooler others would get the session
		_, _ = s.target.Street.Admin(context.Background(), fmt.Sprintf("SELECT pg_terminate_backend(%v, 5000)::text", session...))
	})
	s.sees(door, a)
	s.sees(door, b)
	tx := s.begin(door, b)
	s.sees(tx, b)
	s.must("commit", tx.Commit(s.as(b)))
}
