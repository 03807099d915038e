package diff

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// speller writes statements as people write migrations: the scope's own tables without
// a schema, and no quotes that change nothing.
type speller struct {
	home  home
	words words
}

// spell returns a statement as it is written. A name that means something else when it
// stands alone keeps the schema.
func (s speller) spell(sql string) string {
	sql = s.pathOfFunctions(strings.TrimRight(sql, "; \n"))
	tokens := slices.Collect(sqllex.Tokens(sql))
	var b strings.Builder
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case s.qualifies(tokens, i) && !s.words.taken[tokens[i+2].Name()]:
			i++ // and the dot
		case s.qualifies(tokens, i):
			b.WriteString(s.home.schema)
		case t.Kind == sqllex.Quoted:
			b.WriteString(s.unquoted(t))
		case t.Kind == sqllex.String && isReg(tokens[i+1:]):
			b.WriteString(s.literal(t.Text))
		default:
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

// qualifies reports whether the token is the scope's schema in front of a name.
func (s speller) qualifies(tokens []sqllex.Token, i int) bool {
	name := tokens[i].Name()
	return (name == s.home.schema || name == catalog.Placeholder) &&
		i+2 < len(tokens) && tokens[i+1].Text == "." && tokens[i+2].Name() != "" && (i == 0 || tokens[i-1].Text != ".")
}

func (s speller) unquoted(t sqllex.Token) string {
	if name := t.Name(); simple.MatchString(name) && !s.words.keywords[name] {
		return name
	}
	return t.Text
}

var simple = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// isReg reports whether a string is cast to a name's type: 'polls_id_seq'::regclass.
func isReg(after []sqllex.Token) bool {
	return len(after) > 2 && after[0].Text == ":" && after[1].Text == ":" && strings.HasPrefix(after[2].Name(), "reg")
}

func (s speller) literal(text string) string {
	for _, schema := range []string{s.home.schema, catalog.Placeholder} {
		if rest, ok := strings.CutPrefix(text, "'"+schema+"."); ok {
			return "'" + rest
		}
	}
	return text
}

// pathOfFunctions writes a function's fixed path as what it was made from.
func (s speller) pathOfFunctions(sql string) string {
	literals := strings.ReplaceAll(s.home.path, `"`, "'")
	for _, schema := range []string{s.home.schema, catalog.Placeholder} {
		path := strings.Replace(literals, "'"+s.home.schema+"'", "'"+schema+"'", 1)
		sql = strings.Replace(sql, " SET search_path TO "+path, " SET search_path FROM CURRENT", 1)
	}
	return sql
}

// leaks reports whether a statement spells the reserved schema where no runner would
// replace it.
func leaks(sql string) bool {
	for t := range sqllex.Tokens(sql) {
		if t.Kind == sqllex.String && strings.Contains(t.Text, sqllex.Placeholder) {
			return true
		}
	}
	return false
}
