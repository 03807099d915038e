package adopt

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// body is a function's text on its way to names without schemas, which the path of
// whoever calls it leads to the right place.
type body struct {
	names    *names
	out      strings.Builder
	changed  bool
	troubles []string // lines whose names cannot be rewritten safely
	hints    []string // lines that may mean a schema
}

// rewrite takes the adopted schemas' names out of a body in SQL or PL/pgSQL.
func (n *names) rewrite(text string) *body {
	b := &body{names: n}
	all := slices.Collect(sqllex.Tokens(text))
	for i := 0; i < len(all); i++ {
		skip := b.qualifier(all, i)
		if skip == 0 {
			b.copy(text, all, i)
			continue
		}
		b.changed = true
		i += skip - 1
	}
	return b
}

// qualifier returns how many tokens at i are a schema and its dot in front of a name
// that is known.
func (b *body) qualifier(all []sqllex.Token, i int) int {
	if !b.names.isSchema(all[i].Name()) || before(all, i).Text == "." {
		return 0
	}
	dot := next(all, i)
	if dot == len(all) || all[dot].Text != "." {
		return 0
	}
	name := next(all, dot)
	if name == len(all) || !b.names.knows(all[i].Name(), all[name].Name()) {
		return 0
	}
	return name - i
}

// copy takes a token over, and looks at it where it may name a schema.
func (b *body) copy(text string, all []sqllex.Token, i int) {
	t := all[i]
	switch {
	case t.Kind == sqllex.String:
		b.constant(text, all, i)
		return
	case !b.names.isSchema(t.Name()):
	case next(all, i) < len(all) && all[next(all, i)].Text == ".":
		b.troubles = append(b.troubles, lineAt(text, t.Pos)) // of something that is not there
	case before(all, i).Is("SCHEMA"), setsPath(all, i):
		b.troubles = append(b.troubles, lineAt(text, t.Pos))
	}
	b.out.WriteString(t.Text)
}

// constant takes over a string. One that is surely the name of something loses its
// schema.
func (b *body) constant(text string, all []sqllex.Token, i int) {
	t := all[i]
	said, plain := content(t)
	bare, isName := b.names.strip(said)
	switch {
	case plain && isName && (takesName(all, i) || castToName(all, i)):
		b.changed = true
		b.out.WriteString(ident.Literal(bare))
		return
	case b.names.spells(t.Text):
		b.troubles = append(b.troubles, lineAt(text, t.Pos))
	case plain && b.names.whole(said):
		b.hints = append(b.hints, lineAt(text, t.Pos))
	}
	b.out.WriteString(t.Text)
}

// takesName reports whether the string is the first argument of a function that looks
// an object up by its name.
func takesName(all []sqllex.Token, i int) bool {
	open := previous(all, i)
	if open < 0 || all[open].Text != "(" {
		return false
	}
	switch before(all, open).Name() {
	case "nextval", "currval", "setval", "to_regclass", "to_regtype", "to_regproc", "pg_get_serial_sequence":
		return true
	}
	return false
}

// castToName reports whether a string is cast to a type whose values are objects.
func castToName(all []sqllex.Token, i int) bool {
	a := next(all, i)
	b := next(all, a)
	c := next(all, b)
	return c < len(all) && all[a].Text == ":" && all[b].Text == ":" && strings.HasPrefix(all[c].Name(), "reg")
}

// setsPath reports whether the token is part of SET search_path TO ….
func setsPath(all []sqllex.Token, i int) bool {
	for at := i; at >= 0 && all[at].Text != ";"; at-- {
		if all[at].Is("search_path") {
			return true
		}
	}
	return false
}

func next(all []sqllex.Token, i int) int {
	for i++; i < len(all) && all[i].Blank(); i++ {
	}
	return min(i, len(all))
}

func previous(all []sqllex.Token, i int) int {
	for i--; i >= 0 && all[i].Blank(); i-- {
	}
	return i
}

func before(all []sqllex.Token, i int) sqllex.Token {
	if at := previous(all, i); at >= 0 {
		return all[at]
	}
	return sqllex.Token{}
}

// lineAt returns the line of a text that a byte is in.
func lineAt(text string, pos int) string {
	begin := strings.LastIndexByte(text[:pos], '\n') + 1
	line, _, _ := strings.Cut(text[begin:], "\n")
	return strings.TrimSpace(line)
}
