package drift_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// tangle is tables whose every part is in the way of changing another one.
const tangle = `
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE DOMAIN amount AS numeric(10,2) CHECK (VALUE >= 0);
CREATE FUNCTION weight(m mood) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT length($1::text) $$;
CREATE FUNCTION "Twice"(n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2 $$;
CREATE TABLE a (
	id     int PRIMARY KEY,
	code   varchar(10) UNIQUE,
	v      int NOT NULL DEFAULT 1,
	double int GENERATED ALWAYS AS (v * 2) STORED,
	mood   mood DEFAULT 'ok' CHECK (mood <> 'sad'),
	moods  mood[] DEFAULT '{ok}',
	cost   amount DEFAULT 5,
	twice  int DEFAULT "Twice"(4)
);
CREATE INDEX a_double ON a (double);
CREATE INDEX a_glad ON a (id) WHERE mood = 'glad';
CREATE INDEX a_weight ON a (weight(mood));
CREATE TABLE "B b" (id int PRIMARY KEY, "A a" int REFERENCES a (id), code varchar(10) REFERENCES a (code), UNIQUE ("A a", code));
CREATE TABLE c (id int, "A a" int, code varchar(10), FOREIGN KEY ("A a", code) REFERENCES "B b" ("A a", code));
CREATE VIEW x AS SELECT id, v, mood, weight(mood) AS w FROM a WHERE mood = 'ok';
CREATE VIEW y AS SELECT x.*, "Twice"(v::int) FROM x;
CREATE MATERIALIZED VIEW z AS SELECT * FROM y;
CREATE UNIQUE INDEX z_id ON z (id);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER watch BEFORE UPDATE OF v ON a FOR EACH ROW WHEN (NEW.v > 0 AND weight(NEW.mood) > 0) EXECUTE FUNCTION watch();
ALTER TABLE "B b" ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON "B b" USING (EXISTS (SELECT FROM a WHERE a.v > 1 AND a.id = "A a"));
CREATE RULE r AS ON UPDATE TO "B b" WHERE OLD.id = 7 DO ALSO DELETE FROM a WHERE v = 9;
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(v) FROM a WHERE mood = 'ok'; END;
CREATE STATISTICS s ON id, v FROM a`

// Each tenant has the tangle with one thing other than it should be. Nothing that
// refers to it keeps it from being repaired.
func TestWhatIsInTheWayIsTakenAwayAndMadeAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{"1_tangle.up.sql": tangle})
	for i, change := range pgtest.Some([][2]string{
		{"v      int", "v      bigint"}, {"v      int", "v      smallint"}, {"double int", "double bigint"}, {"v * 2", "v * 3"},
		{"id     int PRIMARY KEY", "id     int UNIQUE"}, {"id     int PRIMARY", "id     bigint PRIMARY"},
		{"code   varchar(10)", "code   text"}, {"code varchar(10)", "code text"},
		{"'sad', 'ok', 'glad'", "'glad', 'ok', 'sad'"}, {"'sad', 'ok', 'glad'", "'sad', 'ok', 'glad', 'odd'"}, {"'sad', 'ok', 'glad'", "'ok', 'sad'"},
		{"weight(m mood) RETURNS int", "weight(m mood) RETURNS bigint"}, {"weight(m mood)", "weight(x mood)"},
		{`"Twice"(n int) RETURNS int`, `"Twice"(n int) RETURNS bigint`},
		{"FROM a WHERE mood = 'ok';\nCREATE VIEW y", "FROM a;\nCREATE VIEW y"}, {"id, v, mood, weight", "id, mood, v, weight"},
		{", UNIQUE (\"A a\", code)", ", UNIQUE (code, \"A a\")"}, {"VALUE >= 0", "VALUE > 0"},
		{"a.v > 1", "a.v > 2"}, {"v = 9", "v = 8"}, {"NEW.v > 0", "NEW.v > 1"}, {"sum(v)", "sum(v + 1)"},
	}) {
		sql := strings.ReplaceAll(tangle, change[0], change[1])
		if sql == tangle {
			t.Fatalf("%q is not in the tangle", change[0])
		}
		if change[1] == "'ok', 'sad'" {
			sql = strings.ReplaceAll(sql, "'glad'", "'sad'")
		}
		tn := w.build(fmt.Sprintf("c%02d", i))
		schema := ident.Quote(tn.Placement.Schema)
		w.exec("DROP SCHEMA " + schema + " CASCADE; CREATE SCHEMA " + schema)
		w.inside(tn, sql+`; INSERT INTO a (id, code, v, mood, moods) VALUES (1, 'one', 3, 'ok', '{sad,ok}')`)
	}
	found := w.found()
	for _, r := range w.repair(drift.RepairOptions{}).Repairs {
		if len(r.Refused) > 0 {
			t.Error(r.Tenant.Slug, r.Refused)
		}
		if _, err := w.conn.PgConn().Exec(t.Context(), w.checker().Script(r)).ReadAll(); err != nil {
			t.Errorf("%s: %s\n%v\n%s", r.Tenant.Slug, found[r.Tenant.Slug], err, strings.Join(r.Statements, ";\n"))
			w.exec("ROLLBACK")
		}
	}
	w.says(map[string]string{})
	for _, tn := range w.tenants {
		if got := w.text("SELECT concat_ws(' ', id, code, v, double, mood, moods) FROM " + ident.Quote(tn.Placement.Schema) + ".a"); got != "1 one 3 6 ok {sad,ok}" {
			t.Errorf("%s: the row is now %s", tn.Slug, got)
		}
	}
}
