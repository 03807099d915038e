package migrate_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// folder makes a file system of names and texts.
func folder(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{"m": {Mode: fs.ModeDir}}
	for name, text := range files {
		out["m/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func load(t *testing.T, scope migrate.Scope, files map[string]string) migrate.Source {
	t.Helper()
	s, err := migrate.Load(folder(files), "m", scope)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func texts(statements []migrate.Statement) string {
	var all []string
	for _, s := range statements {
		all = append(all, s.SQL)
	}
	return strings.Join(all, " | ")
}

func TestLoadReadsBothFormats(t *testing.T) {
	s := load(t, migrate.Tenant, map[string]string{
		"0002_polls.sql": "-- +goose Up\nCREATE TABLE polls (id int);\n\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\n" +
			"BEGIN\n RETURN 1;\nEND $$;\n-- +goose StatementEnd\n-- +goose Down\nDROP FUNCTION f;\nDROP TABLE polls;\n",
		"20260102030405_later.up.sql":   "BEGIN;\nALTER TABLE polls ADD a int;\nCOMMIT;\n",
		"20260102030405_later.down.sql": "ALTER TABLE polls DROP a;",
		"000001_users.up.sql":           "CREATE TABLE users (id int)",
		"README.md":                     "not a migration",
		".hidden.sql":                   "neither",
	})
	if len(s) != 3 || s.Head() != 20260102030405 {
		t.Fatalf("%d migrations, head %d", len(s), s.Head())
	}
	polls := s.Find(2)
	if polls.Name != "polls" || polls.File != "m/0002_polls.sql" || !polls.HasDown || polls.NoTx {
		t.Errorf("%+v", polls)
	}
	if len(polls.Up) != 2 || polls.Up[1].Line != 5 || texts(polls.Down) != "DROP FUNCTION f | DROP TABLE polls" || polls.Down[0].Line != 11 {
		t.Errorf("up %+v\ndown %+v", polls.Up, polls.Down)
	}
	if later := s.Find(20260102030405); texts(later.Up) != "ALTER TABLE polls ADD a int" || texts(later.Down) != "ALTER TABLE polls DROP a" {
		t.Errorf("%+v", later)
	}
	if users := s.Find(1); users.HasDown || users.Up[0].Line != 1 {
		t.Errorf("%+v", users)
	}
}

func TestLineEndsDoNotChangeTheChecksum(t *testing.T) {
	unix := load(t, migrate.Tenant, map[string]string{"1_a.sql": "-- +goose Up\nSELECT 1;\n"})
	dos := load(t, migrate.Tenant, map[string]string{"1_a.sql": "\ufeff-- +goose Up\r\nSELECT 1;\r\n"})
	if unix[0].Checksum != dos[0].Checksum || len(unix[0].Checksum) != 64 {
		t.Errorf("%s and %s", unix[0].Checksum, dos[0].Checksum)
	}
}

func TestDirectives(t *testing.T) {
	s := load(t, migrate.Tenant, map[string]string{"7_a.sql": "-- +rowhouse after shared/0006_plans\n--   +rowhouse   each-tenant\n" +
		"-- +rowhouse engine postgres\n-- +goose NO TRANSACTION\n-- +goose ENVSUB ON\n-- +goose Up\nVACUUM polls;\nSET lock_timeout = 0;\n"})
	m := s[0]
	if !m.NoTx || len(m.After) != 1 || m.After[0].String() != "shared/0006" {
		t.Errorf("%+v", m)
	}
	if len(m.Notes) != 2 || m.Notes[0].Name != "each-tenant" || m.Notes[1].Arg != "postgres" || m.Notes[1].Line != 3 {
		t.Errorf("%+v", m.Notes)
	}
}

func TestALoneStatementThatNeedsNoTransactionRunsWithoutOne(t *testing.T) {
	s := load(t, migrate.Tenant, map[string]string{"1_a.up.sql": "CREATE INDEX CONCURRENTLY i ON polls (id);"})
	if !s[0].NoTx {
		t.Error("runs in a transaction")
	}
}

func TestLoadRefuses(t *testing.T) {
	const up = "-- +goose Up\n"
	tests := map[string]struct {
		files map[string]string
		file  string
		line  int
	}{
		"no number":          {map[string]string{"users.sql": up + "SELECT 1"}, "m/users.sql", 0},
		"zero":               {map[string]string{"0_users.sql": up + "SELECT 1"}, "m/0_users.sql", 0},
		"no name":            {map[string]string{"0001.sql": up + "SELECT 1"}, "m/0001.sql", 0},
		"a sign":             {map[string]string{"+1_a.sql": up + "SELECT 1"}, "m/+1_a.sql", 0},
		"too large":          {map[string]string{"99999999999999999999_a.sql": up + "SELECT 1"}, "m/99999999999999999999_a.sql", 0},
		"same version":       {map[string]string{"1_a.sql": up + "SELECT 1", "01_b.sql": up + "SELECT 1"}, "m/1_a.sql", 0},
		"same as a pair":     {map[string]string{"1_a.sql": up + "SELECT 1", "1_b.up.sql": "SELECT 1"}, "m/1_b.up.sql", 0},
		"two downs":          {map[string]string{"1_a.up.sql": "SELECT 1", "1_a.down.sql": "", "01_a.down.sql": ""}, "m/1_a.down.sql", 0},
		"down alone":         {map[string]string{"1_a.down.sql": "SELECT 1"}, "m/1_a.down.sql", 0},
		"down of goose":      {map[string]string{"1_a.down.sql": "SELECT 1", "1_a.sql": up + "SELECT 1"}, "m/1_a.down.sql", 0},
		"no annotation":      {map[string]string{"1_a.sql": "SELECT 1"}, "m/1_a.sql", 0},
		"empty":              {map[string]string{"1_a.sql": ""}, "m/1_a.sql", 0},
		"empty up":           {map[string]string{"1_a.sql": up + "-- nothing\n-- +goose Down\nSELECT 1"}, "m/1_a.sql", 1},
		"empty up of a pair": {map[string]string{"1_a.up.sql": ";"}, "m/1_a.up.sql", 0},
		"two ups":            {map[string]string{"1_a.sql": up + "SELECT 1;\n" + up + "SELECT 2"}, "m/1_a.sql", 3},
		"open block":         {map[string]string{"1_a.sql": up + "-- +goose StatementBegin\nSELECT 1;"}, "m/1_a.sql", 2},
		"open block at down": {map[string]string{"1_a.sql": up + "-- +goose StatementBegin\nSELECT 1;\n-- +goose Down"}, "m/1_a.sql", 2},
		"block in a block":   {map[string]string{"1_a.sql": up + "-- +goose StatementBegin\n-- +goose StatementBegin"}, "m/1_a.sql", 3},
		"block without end":  {map[string]string{"1_a.sql": up + "-- +goose StatementEnd"}, "m/1_a.sql", 2},
		"block before up":    {map[string]string{"1_a.sql": "-- +goose StatementBegin\n" + up}, "m/1_a.sql", 1},
		"unknown goose":      {map[string]string{"1_a.sql": up + "-- +goose Sideways\n"}, "m/1_a.sql", 2},
		"goose in a pair":    {map[string]string{"1_a.up.sql": "SELECT 1;\n-- +goose Up"}, "m/1_a.up.sql", 2},
		"unknown rowhouse":   {map[string]string{"1_a.sql": up + "-- +rowhouse before shared/1\n"}, "m/1_a.sql", 2},
		"after what":         {map[string]string{"1_a.sql": up + "-- +rowhouse after 6\n"}, "m/1_a.sql", 2},
		"after itself":       {map[string]string{"1_a.sql": up + "-- +rowhouse after tenant/1\n"}, "m/1_a.sql", 2},
		"engine of what":     {map[string]string{"1_a.sql": up + "-- +rowhouse engine\n"}, "m/1_a.sql", 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := migrate.Load(folder(test.files), "m", migrate.Tenant)
			var parse *migrate.ParseError
			if !errors.As(err, &parse) {
				t.Fatalf("got %v, want a ParseError", err)
			}
			if parse.File != test.file || parse.Line != test.line || parse.Reason == "" {
				t.Errorf("got %v, want it at %s:%d", err, test.file, test.line)
			}
		})
	}
}

func TestLoadRefusesStatements(t *testing.T) {
	refused := []string{
		"BEGIN", "begin work", "START TRANSACTION", "COMMIT", "COMMIT PREPARED 'x'", "ROLLBACK", "rollback /* x */ work", "END", "ABORT", "PREPARE TRANSACTION 'x'",
		"SET search_path = public", `SET "search_path" TO x`, "SET LOCAL search_path = x", "SET SESSION search_path = x", "SET SCHEMA 'x'", "RESET search_path",
		"RESET ALL", "DISCARD ALL", "SET ROLE x", "SET LOCAL ROLE x", "SET SESSION AUTHORIZATION x", "RESET ROLE", "RESET SESSION AUTHORIZATION",
		"SELECT pg_catalog.set_config('search_path', '', false)", `SELECT "set_config"(E'search_path', '', true)`,
		"SET lock_timeout = 0", "SET TIME ZONE 'UTC'",
		"COPY t FROM STDIN", "COPY t (a) TO STDOUT", `\connect other`,
		"CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "DROP INDEX CONCURRENTLY i", "REINDEX (VERBOSE) TABLE CONCURRENTLY t",
		"VACUUM t", "CREATE DATABASE d", "ALTER SYSTEM SET a = 1", "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
		"SELECT 'open", "SELECT $a$ $b$", `SELECT "open`, "/* open",
		"SELECT '__tenant__.polls'", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM __tenant__.polls $$",
	}
	for _, sql := range refused {
		_, err := migrate.Load(folder(map[string]string{"1_a.sql": "-- +goose Up\nSELECT 1;\n" + sql}), "m", migrate.Tenant)
		var parse *migrate.ParseError
		if !errors.As(err, &parse) || parse.Line != 3 {
			t.Errorf("%s: got %v, want a ParseError at line 3", sql, err)
		}
	}
}

func TestLoadAllowsStatements(t *testing.T) {
	allowed := []string{
		"SAVEPOINT a", "ROLLBACK TO SAVEPOINT a", "SET LOCAL lock_timeout = 0", "SET CONSTRAINTS ALL DEFERRED", "SELECT set_config('rowhouse.x', 'search_path', true)",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = pg_temp AS 'SELECT 1'", "SELECT 'BEGIN; COMMIT'", "-- COMMIT;\nSELECT 1",
		"CREATE TABLE concurrently_made (a int)", "COMMENT ON TABLE t IS 'SET search_path'", "DO $$ BEGIN PERFORM 1; END $$", "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
		"INSERT INTO __tenant__.polls SELECT 1", `CREATE VIEW "__tenant__".v AS SELECT 1`, "COPY t FROM '/tmp/x'", "ALTER TYPE poll_status ADD VALUE 'x'",
	}
	for _, sql := range allowed {
		if _, err := migrate.Load(folder(map[string]string{"1_a.sql": "-- +goose Up\n" + sql}), "m", migrate.Tenant); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestASharedMigrationNamesNoTenant(t *testing.T) {
	_, err := migrate.Load(folder(map[string]string{"1_a.up.sql": "SELECT * FROM __tenant__.polls"}), "m", migrate.Shared)
	var parse *migrate.ParseError
	if !errors.As(err, &parse) || parse.Line != 1 {
		t.Errorf("got %v", err)
	}
}

func TestAFolderThatIsNotThere(t *testing.T) {
	if _, err := migrate.Load(fstest.MapFS{}, "m", migrate.Shared); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
