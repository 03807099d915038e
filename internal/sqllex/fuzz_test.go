package sqllex_test

import (
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

func seed(f *testing.F) {
	for _, s := range []string{
		"SELECT __tenant__.a FROM \"__tenant__\".b WHERE x = E'\\'' -- c", "$a$ ; $a$; $$", "/* /* */ */ 'x", "a\"__tenant__\"b",
		"CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END; SELECT 2", "U&__tenant__", "E'a'\n'b\\'", "(;);", "\x00\xff",
	} {
		f.Add(s)
	}
}

// The tokens of a text, joined, are the text: nothing is lost, doubled or empty.
func FuzzTokens(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, sql string) {
		var joined strings.Builder
		for token := range sqllex.Tokens(sql) {
			if token.Text == "" || token.Pos != joined.Len() {
				t.Fatalf("%q: token %+v at %d", sql, token, joined.Len())
			}
			joined.WriteString(token.Text)
		}
		if joined.String() != sql {
			t.Fatalf("%q became %q", sql, joined.String())
		}
	})
}

// Replacing changes the placeholders and no other token, and leaves none.
func FuzzReplace(f *testing.F) {
	seed(f)
	const schema = `"tenant_a"`
	f.Fuzz(func(t *testing.T, sql string) {
		var want, got []string
		for token := range sqllex.Code(sql) {
			if token.IsPlaceholder() {
				token.Text = schema
			}
			want = append(want, token.Text)
		}
		for token := range sqllex.Code(sqllex.Replace(sql, schema)) {
			got = append(got, token.Text)
		}
		if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Fatalf("%q\n got %q\nwant %q", sql, got, want)
		}
	})
}

// The statements of a script hold all its code but the semicolons between them.
func FuzzSplit(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, script string) {
		end := 0
		for _, s := range sqllex.Split(script) {
			if s.Pos < 0 || s.Text != "" && script[s.Pos:s.Pos+len(s.Text)] != s.Text {
				t.Fatalf("%q: %+v is not where it says", script, s)
			}
			if s.Text == "" {
				continue
			}
			for token := range sqllex.Code(script[end:s.Pos]) {
				if token.Text != ";" {
					t.Fatalf("%q: %q is in no statement", script, token.Text)
				}
			}
			end = s.Pos + len(s.Text)
		}
	})
}
