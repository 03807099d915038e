package sqlite_test

import (
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// surveyed makes a tenant whose answers are deleted together with their polls.
func surveyed(t *testing.T, h *sqlite.Homes) *tenant.Tenant {
	t.Helper()
	who := settled(t, h, "thor")
	ok(t, changed(t, h, who, 1,
		"CREATE TABLE polls (id INTEGER PRIMARY KEY, question text)",
		"CREATE TABLE answers (id INTEGER PRIMARY KEY, poll int NOT NULL REFERENCES polls ON DELETE CASCADE)",
		"CREATE VIEW answered AS SELECT question FROM polls JOIN answers ON poll = polls.id",
		"CREATE TRIGGER seen AFTER INSERT ON answers BEGIN UPDATE polls SET question = question || '!' WHERE id = new.poll; END",
		"INSERT INTO polls VALUES (1, 'Who')", "INSERT INTO answers VALUES (1, 1)",
	))
	return who
}

// changed runs statements as the migration that comes after so many.
func changed(t *testing.T, h *sqlite.Homes, who *tenant.Tenant, applied int, sql ...string) error {
	t.Helper()
	step := isolation.Step{Version: int64(applied) + 1, Name: "x", Checksum: "c", SQL: sql}
	return h.Change(t.Context(), who, isolation.Change{Applied: applied, Steps: []isolation.Step{step}})
}

// value returns the first value that a tenant reads.
func value(t *testing.T, h *sqlite.Homes, who *tenant.Tenant, sql string) any {
	t.Helper()
	s, err := h.Enter(t.Context(), who, false)
	ok(t, err)
	defer func() { ok(t, s.Commit(t.Context())) }()
	return first(t, s, sql)
}

func TestRebuildingATableKeepsWhatRefersToIt(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{})
	who := surveyed(t, h)
	ok(t, changed(t, h, who, 2,
		"CREATE TABLE polls_new (id INTEGER PRIMARY KEY, question text NOT NULL)",
		"INSERT INTO polls_new SELECT * FROM polls", "DROP TABLE polls", "ALTER TABLE polls_new RENAME TO Polls",
	))
	if n := value(t, h, who, "SELECT count(*) FROM answers"); n != int64(1) {
		t.Errorf("%v answers are left of one", n)
	}
	// The trigger, the view and the reference lead to the new table.
	ok(t, do(t.Context(), h, who, "INSERT INTO answers (poll) VALUES (1)"))
	if q := value(t, h, who, "SELECT question FROM answered"); q != "Who!!" {
		t.Errorf("the question is %v", q)
	}
	ok(t, do(t.Context(), h, who, "DELETE FROM polls"))
	if n := value(t, h, who, "SELECT count(*) FROM answers"); n != int64(0) {
		t.Errorf("%v answers of no poll", n)
	}
	// A table that only gets another name takes what refers to it along.
	ok(t, changed(t, h, who, 3, "ALTER TABLE polls RENAME TO surveys", "INSERT INTO surveys VALUES (2, 'Where')"))
	ok(t, do(t.Context(), h, who, "INSERT INTO answers (poll) VALUES (2)"))
}

func TestAChangeLeavesNoReferenceDangling(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{})
	who := surveyed(t, h)
	for what, sql := range map[string][]string{
		"a row":           {"DELETE FROM polls"},
		"a table":         {"DROP VIEW answered", "DROP TRIGGER seen", "DROP TABLE polls"},
		"an empty table":  {"DELETE FROM answers", "DROP VIEW answered", "DROP TRIGGER seen", "DROP TABLE polls"},
		"one never there": {"CREATE TABLE marks (poll int REFERENCES poll (id))"},
	} {
		is(t, what, changed(t, h, who, 2, sql...), sqlite.ErrDangling)
	}
	if n := value(t, h, who, "SELECT count(*) FROM polls JOIN answers ON poll = polls.id"); n != int64(1) {
		t.Errorf("%v answers after changes that failed", n)
	}
	ok(t, changed(t, h, who, 2, "DELETE FROM polls", "DELETE FROM answers"))
}
