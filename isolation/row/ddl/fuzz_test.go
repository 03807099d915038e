package ddl_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// Whatever the statement is, it is rewritten or refused; the same again gives the same;
// a refusal leaves the model alone; what was written is still there.
func FuzzRewrite(f *testing.F) {
	for _, file := range []string{"migrations.txtar", "rewritten.txtar"} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range sqllex.Split(string(text)) {
			f.Add(s.Text)
		}
	}
	for _, s := range []string{"ALTER TABLE", "CREATE TABLE a (", "ALTER TABLE polls ADD", "CREATE INDEX ON polls ((", "GRANT", "CREATE", "DROP", ")", "CREATE VIEW a", "ALTER POLICY"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		one, two := known(t), known(t)
		before, _ := json.Marshal(one.Model)
		out, err := one.Rewrite(sql)
		again, errAgain := two.Rewrite(sql)
		if !slices.Equal(out, again) || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q became %q, then %q", sql, out, again)
		}
		if after, _ := json.Marshal(one.Model); err != nil && string(after) != string(before) {
			t.Fatalf("%q was refused and changed the model", sql)
		}
		if err == nil && !kept(sql, out[0]) {
			t.Fatalf("%q lost its strings: %q", sql, out[0])
		}
		known(t).EachTenant(sql)
	})
}

// kept reports whether all strings of the statement are still there.
func kept(sql, out string) bool {
	for token := range sqllex.Tokens(sql) {
		if token.Kind == sqllex.String && !strings.Contains(out, token.Text) {
			return false
		}
	}
	return true
}
