package tenantpgx_test

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// What the refusals must let through: ordinary SQL that looks like something else.
// What they must stop is the suite's to say, in its group escapes.
func TestOrdinarySQLIsNotRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin(t, "SET search_path = "+w.a.Placement.Schema+`; CREATE TABLE temp (temp int, "set" int, load int);
		CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM temp'`)
	for _, sql := range []string{
		"INSERT INTO temp (temp) VALUES (1)", "SELECT temp FROM temp", "UPDATE temp SET load = 2",
		"WITH x AS (INSERT INTO temp VALUES (3) RETURNING temp) SELECT * FROM x",
		"MERGE INTO temp USING (SELECT 1 AS n) AS s ON temp.temp = s.n WHEN MATCHED THEN UPDATE SET load = 1",
		"SELECT 'SET search_path' AS reset, 'COMMIT'", `SELECT "set" FROM temp -- COMMIT`, "SELECT name FROM pg_settings LIMIT 1",
		"EXPLAIN SELECT temp FROM temp", "EXPLAIN ANALYZE INSERT INTO temp VALUES (1)", "EXPLAIN (COSTS off) SELECT 1 AS execute", "EXPLAIN (ANALYZE) (SELECT 1)",
		"DO $$ BEGIN CREATE TABLE made_in_do (id int); DROP TABLE made_in_do; END $$", "SELECT pg_notify('something', 'rowhouse_')", ";;SELECT 1", "SELECT 1;", "(SELECT 1)",
		"VALUES (1)", "TABLE temp", "CALL tidy()", "DO $$ BEGIN UPDATE temp SET load = 1; END $$", "DO 'BEGIN NULL; END'",
		"SELECT set_config('statement_timeout', '1min', true)", "SELECT pg_advisory_xact_lock(1)", "SET LOCAL work_mem = '8MB'",
		"SELECT 1 INTO made", "CREATE TABLE another (id int)", "CREATE INDEX ON another (id)", "DROP TABLE another", "LOCK TABLE temp",
		"DELETE FROM temp WHERE load IN (SELECT n FROM generate_series(1, 2) AS n)", "TRUNCATE temp", "COMMENT ON TABLE temp IS 'RESET ALL'",
		"NOTIFY something", "ANALYZE temp", "SELECT ts_rewrite('a'::tsquery, 'a'::tsquery, 'b'::tsquery)", "GRANT SELECT ON temp TO CURRENT_USER", "SET CONSTRAINTS ALL IMMEDIATE",
	} {
		_, alone := w.db.Exec(as(t, w.a), sql)
		if sql == "LOCK TABLE temp" {
			alone = nil // PostgreSQL wants a BEGIN for it
		}
		if alone != nil {
			t.Errorf("%s: %v", sql, alone)
		}
	}
	w.idle(t)
}

func TestRefusalsSayWhatToDoInstead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, sql := range []string{"COMMIT", "SET search_path = b", "; RESET ALL", "DISCARD ALL", "SELECT 1 INTO LOCAL TEMP x",
		"SELECT query_to_xml('SELECT 1', true, true, '')", "SELECT * FROM ts_stat('SELECT 1')", "SELECT ts_rewrite('a'::tsquery, 'SELECT 1')",
		"ALTER ROLE CURRENT_USER SET rowhouse.tenant = 'b'", "SET LOCAL rowhouse.tenant = 'b'", "SELECT set_config('Rowhouse.Tenant', 'b', true)",
		`SET LOCAL "rowhouse.tenant" = 'b'`, "SELECT lastval()", "SELECT currval('polls_id_seq')", `SELECT pg_catalog."currval" ('polls_id_seq')`, "SELECT setseed(0.5)", "NOTIFY rowhouse_registry",
		"EXPLAIN ANALYZE EXECUTE rowhouse_1('b')", "EXPLAIN (ANALYZE, FORMAT json) EXECUTE rowhouse_1('b')", "EXPLAIN ANALYZE VERBOSE EXECUTE rowhouse_1",
		"CREATE TABLE x AS EXECUTE rowhouse_1('b')", "EXPLAIN (ANALYZE) (SELECT 1 INTO TEMP x)", "EXPLAIN (SELECT 1 INTO TEMP x)", "EXPLAIN ANALYZE CREATE TABLE x AS EXECUTE rowhouse_1('b')", "EXPLAIN ANALYZE DECLARE c CURSOR WITH HOLD FOR SELECT 1",
		"DO $$ BEGIN DO $x$ BEGIN NULL; END $x$; END $$", "DO $$ BEGIN IF true THEN DO 'BEGIN NULL; END'; END IF; END $$",
		"DO $$ BEGIN ALTER ROLE CURRENT_USER SET work_mem = '1MB'; END $$", "DO $$ BEGIN NOTIFY rowhouse_registry; END $$",
		"SELECT lo_get(1)", "SELECT * FROM pg_stat_activity", "SELECT name FROM pg_prepared_statements", "SELECT pg_cancel_backend(1)",
		"SELECT * FROM crosstab('SELECT 1') AS x (a int)", "SELECT * FROM dblink('', 'SELECT 1') AS x (a int)", "UPDATE pg_settings SET setting = 'b' WHERE name = 'search_path'", `DO E'BEGIN NULL; END'`} {
		if _, err := w.db.Exec(as(t, w.a), sql); !errors.Is(err, tenantpgx.ErrRefused) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
