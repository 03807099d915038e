package adopt

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// names are the adopted schemas and what is in them, for reading stored texts.
type names struct {
	schemas []string
	known   map[string]map[string]bool // schema → names of anything in it
}

func namesOf(schemas []string, objects []*object) *names {
	n := &names{schemas: schemas, known: map[string]map[string]bool{}}
	for _, s := range schemas {
		n.known[s] = map[string]bool{}
	}
	for _, o := range objects {
		n.known[o.schema][o.name] = true
	}
	return n
}

// knows reports whether schema.name is something that is moved, or an extension's.
func (n *names) knows(schema, name string) bool { return n.known[schema][name] }

func (n *names) isSchema(name string) bool { return name != "" && slices.Contains(n.schemas, name) }

// spells reports whether a text has the name of a schema with a dot and more behind
// it, which in a string is most likely the name of something in it.
func (n *names) spells(text string) bool {
	lower := strings.ToLower(text)
	for _, s := range n.schemas {
		s = strings.ToLower(s)
		if spelt(lower, s+".") || spelt(lower, `"`+s+`".`) {
			return true
		}
	}
	return false
}

// spelt reports whether a name begins a word of a text and more of one follows it.
func spelt(text, name string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		begin, end := from+at, from+at+len(name)
		begins := begin == 0 || !inName(text[begin-1])
		if begins && end < len(text) && (inName(text[end]) || text[end] == '"' || text[end] == '%') {
			return true
		}
		from = end
	}
}

func inName(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z'
}

// whole reports whether a text is nothing but the name of a schema.
func (n *names) whole(text string) bool { return n.isSchema(text) }

// strip returns the qualified name that a text is without its schema. ok is false
// where it is anything else.
func (n *names) strip(text string) (bare string, ok bool) {
	code := slices.Collect(sqllex.Code(text))
	if len(code) != 3 || code[1].Text != "." || !n.knows(code[0].Name(), code[2].Name()) {
		return "", false
	}
	return code[2].Text, true
}

// content returns what a string constant of the plain kind says.
func content(t sqllex.Token) (string, bool) {
	if t.Kind != sqllex.String || len(t.Text) < 2 || t.Text[0] != '\'' {
		return "", false
	}
	return strings.ReplaceAll(t.Text[1:len(t.Text)-1], "''", "'"), true
}
