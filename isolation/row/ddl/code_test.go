package ddl_test

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
)

// rewritten rewrites statements in their order and returns the first refusal.
func rewritten(r *ddl.Rewriter, statements ...string) *ddl.RefusedError {
	for _, s := range statements {
		_, err := r.Rewrite(s)
		if refusal, ok := errors.AsType[*ddl.RefusedError](err); ok {
			return refusal
		}
	}
	return nil
}

// What the pieces of the tests below have in common.
const (
	counting   = "CREATE FUNCTION counting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET email = count(*) FROM polls; RETURN OLD; END $$"
	touching   = "CREATE FUNCTION touching() RETURNS trigger LANGUAGE plpgsql AS $f$\nBEGIN\n\tNEW.at := now(); NEW.by = 'me'; NEW.n = OLD.n + 1;\n\tRETURN NEW;\nEND; $f$"
	giving     = "CREATE OR REPLACE FUNCTION touching() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.Tenant_ID = OLD.friend; RETURN NEW; END'"
	onDelete   = "CREATE TRIGGER away BEFORE INSERT OR DELETE ON ballots FOR EACH ROW EXECUTE FUNCTION counting()"
	onUpdate   = "CREATE TRIGGER moved AFTER UPDATE OF at, poll ON ballots EXECUTE FUNCTION counting()"
	onTouch    = "CREATE TRIGGER touched BEFORE UPDATE ON ballots FOR EACH ROW EXECUTE FUNCTION touching()"
	bare       = "CREATE TABLE ballots (id int PRIMARY KEY, poll int, at timestamptz)"
	cascades   = "ALTER TABLE ballots ADD CONSTRAINT k FOREIGN KEY (poll) REFERENCES polls ON DELETE CASCADE"
	follows    = "ALTER TABLE ballots ADD FOREIGN KEY (poll) REFERENCES polls ON UPDATE CASCADE"
	ofShared   = "ALTER TABLE ballots ADD FOREIGN KEY (poll) REFERENCES shared.plans ON DELETE SET NULL"
	restricts  = "ALTER TABLE ballots ADD FOREIGN KEY (poll) REFERENCES polls ON DELETE RESTRICT"
	checks     = "CREATE TABLE ballots (id int PRIMARY KEY, poll int CHECK (looks() > poll))"
	parted     = "CREATE TABLE ballots (id int, poll int, PRIMARY KEY (id)) PARTITION BY RANGE (id)"
	partition  = "CREATE TABLE ballots_1 PARTITION OF ballots DEFAULT"
	onPart     = "CREATE TRIGGER away BEFORE DELETE ON ballots_1 FOR EACH ROW EXECUTE FUNCTION counting()"
	defaulting = "CREATE TABLE ballots (id int PRIMARY KEY, poll int DEFAULT looks() REFERENCES polls ON DELETE SET DEFAULT)"
)

// A foreign key's action runs as the tables' owner and sets off no code of a migration,
// in whichever order the two are made.
func TestNoCodeBehindForeignKeys(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{
		{counting, bare, cascades, onDelete}, {counting, bare, onDelete, cascades},
		{counting, bare, follows, onUpdate}, {counting, bare, onUpdate, ofShared},
		{checks, follows}, {checks, ofShared}, {defaulting},
		{counting, parted, partition, cascades, onPart}, {counting, parted, partition, onPart, cascades},
		{"CREATE TABLE ballots (id int PRIMARY KEY, poll int REFERENCES polls ON DELETE SET NULL, CONSTRAINT few CHECK (looks() < 3))"},
		{touching, bare, follows, onTouch, "CREATE OR REPLACE FUNCTION touching() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM polls; RETURN NEW; END'"},
		{giving, bare, follows, onTouch}, {touching, bare, follows, onTouch, giving},
		{touching, bare, follows, "CREATE TRIGGER t BEFORE UPDATE ON ballots FOR EACH ROW WHEN (looks() > 1) EXECUTE FUNCTION touching()"},
		{bare, follows, "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at = looks(); RETURN NEW; END'", "CREATE TRIGGER t BEFORE UPDATE ON ballots FOR EACH ROW EXECUTE FUNCTION f()"},
	} {
		refusal := rewritten(known(t), order...)
		if refusal == nil || refusal.Statement != order[len(order)-1] || refusal.Object != "ballots" && refusal.Object != "ballots_1" {
			t.Errorf("%q\nis let through, or refused too early: %v", order, refusal)
		}
	}
	for _, order := range [][]string{
		{counting, bare, restricts, onDelete, onUpdate}, {counting, bare, cascades, onUpdate}, {counting, bare, follows, onDelete},
		{checks, cascades}, {touching, bare, follows, cascades, ofShared, onTouch},
		{counting, bare, cascades, "ALTER TABLE ballots DROP CONSTRAINT k", onDelete},
		{counting, bare, onDelete, "DROP TRIGGER away ON ballots", cascades},
		{bare, follows, "CREATE TRIGGER t BEFORE UPDATE ON ballots FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"},
	} {
		if refusal := rewritten(known(t), order...); refusal != nil {
			t.Errorf("%q: %s: %v", order, refusal.Statement, refusal)
		}
	}
}

// What is already so does not stand in the way of what mends it.
func TestOldExposureCanBeMended(t *testing.T) {
	t.Parallel()
	r := known(t)
	if refusal := rewritten(r, counting, bare, onDelete); refusal != nil {
		t.Fatal(refusal)
	}
	r.Model.Tables["ballots"].Keys["k"] = ddl.Key{Kind: "f", Columns: []string{"poll"}, Table: "polls", Refers: []string{"id"}, Delete: "c"}
	if refusal := rewritten(r, "ALTER TABLE ballots ADD more int", "ALTER TABLE ballots DROP CONSTRAINT k"); refusal != nil {
		t.Error(refusal)
	}
}

// Calls that no statement shows are refused where they would be hidden, or where the
// statement that runs for all tenants would make them.
func TestHiddenCalls(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{
		{"CREATE OPERATOR @@@ (FUNCTION = looks, LEFTARG = int, RIGHTARG = int)"},
		{"CREATE OPERATOR @@@ (FUNCTION = pooled.looks, RIGHTARG = int)"},
		{"CREATE AGGREGATE all_of (int) (SFUNC = looks, STYPE = int)"},
		{"CREATE CAST (text AS polls) WITH FUNCTION looks(text)"},
		{"CREATE DOMAIN d AS int DEFAULT looks()"}, {"CREATE DOMAIN d AS int CHECK (VALUE < looks())"},
		{"ALTER DOMAIN d SET DEFAULT looks()"},
		{"ALTER TABLE lonely ADD m int DEFAULT 0", "ALTER TABLE lonely ALTER m SET DEFAULT looks()", "UPDATE lonely SET id = 1, m = DEFAULT"},
		{"CREATE TABLE t (a int DEFAULT 1, b int NOT NULL DEFAULT (looks()) CHECK (b > 0))", "UPDATE t SET (a, b) = ROW (1, DEFAULT)"},
		{"ALTER TABLE lonely ADD m int DEFAULT looks() REFERENCES polls ON DELETE SET DEFAULT"},
		{"CREATE TABLE t (id int CHECK (looks() > 1))", "UPDATE t SET id = 1"},
		{"CREATE TABLE follower (id int REFERENCES polls ON UPDATE CASCADE)", "CREATE TRIGGER t BEFORE UPDATE ON follower EXECUTE FUNCTION x()", "UPDATE polls SET id = id + 1"},
	} {
		if refusal := rewritten(known(t), order...); refusal == nil || refusal.Statement != order[len(order)-1] {
			t.Errorf("%q\nis let through, or refused too early: %v", order, refusal)
		}
	}
	for _, order := range [][]string{
		{"CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b'", "CREATE OPERATOR @@@ (FUNCTION = add, LEFTARG = int, RIGHTARG = int)"},
		{"CREATE DOMAIN d AS int DEFAULT 1 CHECK (VALUE > 0)"},
		{"CREATE TABLE t (a int DEFAULT looks(), b int DEFAULT 1)", "ALTER TABLE t ALTER a DROP DEFAULT", "UPDATE t SET b = DEFAULT"},
		{"CREATE TABLE t (a int DEFAULT looks(), b int)", "UPDATE t SET b = 1", "ALTER TABLE t DROP a", "UPDATE t SET b = DEFAULT"},
	} {
		if refusal := rewritten(known(t), order...); refusal != nil {
			t.Errorf("%q: %v", order, refusal)
		}
	}
}

// What is IMMUTABLE becomes part of plans that tenants share, so it reads no table.
func TestImmutableReadsNothing(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		"AS 'SELECT title FROM polls LIMIT 1'":                                         false,
		"AS $b$ SELECT title FROM shared.plans, pooled.polls $b$":                      false,
		"AS 'SELECT 1 FROM (polls CROSS JOIN users)'":                                  false,
		"AS 'SELECT looks()'":                                                          false,
		"AS 'SELECT * FROM v'":                                                         false,
		"RETURN (SELECT count(*) FROM polls)":                                          false,
		"BEGIN ATOMIC SELECT count(*) FROM polls; END":                                 false,
		"AS 'BEGIN EXECUTE $1; END'":                                                   false,
		"AS 'SELECT polls.title || '' from'' || lower($1)'":                            true,
		"AS 'SELECT price FROM shared.polls'":                                          true,
		"SET search_path FROM CURRENT AS 'SELECT coalesce(a, polls) /* FROM polls */'": true,
	} {
		sql := "CREATE FUNCTION f(polls) RETURNS text LANGUAGE sql IMMUTABLE " + body
		if refusal := rewritten(known(t), sql); (refusal == nil) != ok || refusal != nil && refusal.Object != "f" {
			t.Errorf("%s: %v", sql, refusal)
		}
		if refusal := rewritten(known(t), "CREATE FUNCTION f(polls) RETURNS text LANGUAGE sql STABLE "+body); refusal != nil {
			t.Errorf("STABLE %s: %v", body, refusal)
		}
	}
}
