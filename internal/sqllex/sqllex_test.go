package sqllex_test

import (
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

func kinds(sql string) (out []string) {
	names := map[sqllex.Kind]string{
		sqllex.Word: "word", sqllex.Quoted: "quoted", sqllex.String: "string",
		sqllex.Number: "number", sqllex.Param: "param", sqllex.Punct: "punct",
	}
	for t := range sqllex.Code(sql) {
		out = append(out, names[t.Kind]+" "+t.Text)
	}
	return out
}

func TestTokensAreThoseOfPostgreSQL(t *testing.T) {
	tests := map[string][]string{
		`SELECT a1$b`:                 {"word SELECT", "word a1$b"},
		`'it''s' "a""b"`:              {"string 'it''s'", `quoted "a""b"`},
		`E'\'' x`:                     {`string E'\''`, "word x"},
		`'\' x`:                       {`string '\'`, "word x"},
		"E'a' -- c\n '\\'' x":         {"string E'a' -- c\n '\\''", "word x"},
		`E'a' '\' x`:                  {"string E'a'", `string '\'`, "word x"},
		`U&"d\0061" u&'x'`:            {`quoted U&"d\0061"`, "string u&'x'"},
		`b'1' X'f' n'x' date'x'`:      {"string b'1'", "string X'f'", "string n'x'", "word date", "string 'x'"},
		`$$ ; $$ $a$ $$ $b$ $a$`:      {"string $$ ; $$", "string $a$ $$ $b$ $a$"},
		`$1 $ $a`:                     {"param $1", "punct $", "punct $", "word a"},
		`a$b$c$b$`:                    {"word a$b$c$b$"},
		`/* a /* b */ ; */ x -- ; y`:  {"word x"},
		`1.5 0x1F 2`:                  {"number 1.5", "number 0x1F", "number 2"},
		`a-b--c`:                      {"word a", "punct -", "word b"},
		"größe \"Größe\"":             {"word größe", "quoted \"Größe\""},
		"x\v\fy":                      {"word x", "word y"},
		`a@>b`:                        {"word a", "punct @", "punct >", "word b"},
		"SELECT $_é$x$_é$":            {"word SELECT", "string $_é$x$_é$"},
		"-- only a comment\r\nSELECT": {"word SELECT"},
	}
	for sql, want := range tests {
		if got := kinds(sql); !slices.Equal(got, want) {
			t.Errorf("%s\n got %q\nwant %q", sql, got, want)
		}
	}
}

func TestWhatIsNotClosedSaysSo(t *testing.T) {
	for _, sql := range []string{`'a`, `"a`, `E'\'`, `$$a`, `$a$ $b$`, `/* /* */`, `U&"a`, `x'0`, `E'a'` + "\n'"} {
		open := false
		for token := range sqllex.Tokens(sql) {
			open = open || token.Open
		}
		if !open {
			t.Errorf("%s: no token is open", sql)
		}
	}
}

func TestName(t *testing.T) {
	for sql, want := range map[string]string{`Users`: "users", `"Users"`: "Users", `"a""b"`: `a"b`, `'x'`: "", `GRÖSSE`: "grÖsse"} {
		for token := range sqllex.Code(sql) {
			if got := token.Name(); got != want {
				t.Errorf("%s: %q, want %q", sql, got, want)
			}
		}
	}
}

func TestReplaceTouchesOnlyThePlaceholder(t *testing.T) {
	tests := map[string]string{
		`SELECT * FROM __tenant__.users`:                `SELECT * FROM "tenant_a".users`,
		`SELECT * FROM __TENANT__.users`:                `SELECT * FROM "tenant_a".users`,
		`SELECT * FROM "__tenant__"."users"`:            `SELECT * FROM "tenant_a"."users"`,
		`GRANT USAGE ON SCHEMA __tenant__ TO r`:         `GRANT USAGE ON SCHEMA "tenant_a" TO r`,
		`SELECT '__tenant__.x', $$__tenant__$$`:         `SELECT '__tenant__.x', $$__tenant__$$`,
		`SELECT x__tenant__, __tenant__x -- __tenant__`: `SELECT x__tenant__, __tenant__x -- __tenant__`,
		`/* __tenant__ */ SELECT "__TENANT__"`:          `/* __tenant__ */ SELECT "__TENANT__"`,
		`"a"__tenant__"b"`:                              `"a" "tenant_a" "b"`,
		`U&__tenant__`:                                  `U& "tenant_a"`,
		`SELECT _____tenant__.x, __tenant__.y`:          `SELECT _____tenant__.x, "tenant_a".y`,
	}
	for sql, want := range tests {
		if got := sqllex.Replace(sql, `"tenant_a"`); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	tests := map[string][]string{
		"SELECT 1; SELECT 2":                  {"SELECT 1", "SELECT 2"},
		"; ;\n-- nothing\n;":                  nil,
		"-- why\nSELECT 1 -- end\n;":          {"SELECT 1"},
		"SELECT ';' /* ; */, \";\", $$;$$; b": {"SELECT ';' /* ; */, \";\", $$;$$", "b"},
		"CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); x": {
			"CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)", "x"},
		"CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; x": {
			"CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END", "x"},
		"CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1'; x": {
			"CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1'", "x"},
		"CREATE TRIGGER t AFTER UPDATE ON n WHEN (NEW.x = 1) BEGIN UPDATE n SET x = CASE x WHEN 1 THEN 2 END; DELETE FROM m; END; x": {
			"CREATE TRIGGER t AFTER UPDATE ON n WHEN (NEW.x = 1) BEGIN UPDATE n SET x = CASE x WHEN 1 THEN 2 END; DELETE FROM m; END", "x"},
		"CREATE TRIGGER t AFTER UPDATE OF a, begin ON begin FOR EACH ROW EXECUTE FUNCTION begin(); x": {
			"CREATE TRIGGER t AFTER UPDATE OF a, begin ON begin FOR EACH ROW EXECUTE FUNCTION begin()", "x"},
		"BEGIN; SELECT 1; END": {"BEGIN", "SELECT 1", "END"},
	}
	for script, want := range tests {
		var got []string
		for _, s := range sqllex.Split(script) {
			got = append(got, s.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\n got %q\nwant %q", script, got, want)
		}
	}
}

func TestSplitSaysWhereAStatementBegins(t *testing.T) {
	got := sqllex.Split("-- one\nSELECT 1;\n\n/* two\n*/ SELECT 'x\ny';\nSELECT 'open")
	want := []sqllex.Statement{
		{Text: "SELECT 1", Pos: 7, Line: 2},
		{Text: "SELECT 'x\ny'", Pos: 28, Line: 5},
		{Text: "SELECT 'open", Pos: 42, Line: 7, Open: true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}
