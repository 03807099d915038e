package sqlite_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
)

func TestRefusalsSayWhatAndWhatInstead(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{Conns: 1})
	thor := settled(t, h, "thor")
	for sql, want := range map[string]string{
		"CREATE TABLE temp.notes (body)":                                       "temporary",
		"CREATE TABLE temp.copy AS SELECT * FROM main.notes":                   "temporary",
		"CREATE VIEW temp.notes AS SELECT 1":                                   "temporary",
		"CREATE VIRTUAL TABLE temp.notes USING fts5(body)":                     "temporary",
		"CREATE VIRTUAL TABLE temp.pages USING dbstat":                         "temporary",
		"CREATE TEMP TRIGGER t AFTER INSERT ON notes BEGIN SELECT 1; END":      "temporary",
		"CREATE TRIGGER temp.t AFTER INSERT ON main.notes BEGIN SELECT 1; END": "temporary",
		"UPDATE sqlite_dbpage SET data = zeroblob(4096)":                       "sqlite_dbpage",
		"CREATE VIRTUAL TABLE pages USING sqlite_dbpage":                       "sqlite_dbpage",
		"ATTACH 'x' AS x":             "ATTACH",
		"COMMIT":                      "Commit",
		"PRAGMA query_only = 0":       "PRAGMA query_only",
		"ANALYZE":                     "ANALYZE main",
		"CREATE TABLE shared.x (y)":   "shared tables",
		"CREATE TABLE Rowhouse_x (y)": "take another",
		"CREATE VIRTUAL TABLE rowhouse_x USING dbstat":                        "take another",
		"CREATE TRIGGER rowhouse_x AFTER INSERT ON notes BEGIN SELECT 1; END": "take another",
		"ALTER TABLE notes RENAME TO [rowhouse_notes]":                        "rowhouse_notes",
		"ALTER TABLE notes RENAME TO 'RowHouse_notes'":                        "RowHouse_notes",
	} {
		s, err := h.Enter(t.Context(), thor, true)
		ok(t, err)
		err = s.Explain(exec(t.Context(), s, sql))
		if err == nil {
			err = s.Commit(t.Context())
		}
		ok(t, s.Rollback())
		if _, refused := errors.AsType[*sqlite.RefusedError](err); !refused || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want something about %q", sql, err, want)
		}
	}
	ok(t, do(t.Context(), h, thor, "INSERT INTO notes VALUES ('kept')"))
	if n := value(t, h, thor, "SELECT count(*) FROM main.notes"); n != int64(1) {
		t.Errorf("%v notes in the file, want one", n)
	}
	if err := changed(t, h, thor, 1, "ALTER TABLE notes RENAME TO rowhouse_notes"); err == nil {
		t.Error("a migration took one of Rowhouse's names")
	}
}

func TestTheGuardLetsTheTenantsOwnTablesBeChanged(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{})
	thor := settled(t, h, "thor")
	for _, sql := range []string{
		"INSERT INTO notes VALUES ('b'), ('a') RETURNING body", "SELECT body FROM notes GROUP BY body ORDER BY upper(body)",
		"ALTER TABLE notes ADD COLUMN n int", "ALTER TABLE notes RENAME COLUMN n TO m", "ALTER TABLE notes DROP COLUMN m",
		"CREATE INDEX i ON notes (upper(body))", "REINDEX i", "ANALYZE main",
		"CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM notes WHERE body = 'a'; END",
		"ALTER TABLE notes RENAME TO lines", "DROP TRIGGER t", "DROP VIEW v", "DROP TABLE lines",
		"CREATE VIRTUAL TABLE words USING fts5(word)", "INSERT INTO words VALUES ('one')", "DROP TABLE words",
	} {
		if err := do(t.Context(), h, thor, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
