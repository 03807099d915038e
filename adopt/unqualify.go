package adopt

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// unqualify takes a schema's name out of a statement of pg_dump's: in front of names,
// in constants that stand for objects, and in the path of a function, where the
// placeholder takes its place. With no placeholder the name stays there.
func unqualify(statement, schema, placeholder string) string {
	n := &names{schemas: []string{schema}}
	all := slices.Collect(sqllex.Tokens(statement))
	var b strings.Builder
	inPath := false
	for i := 0; i < len(all); i++ {
		t := all[i]
		inPath = t.Is("search_path") || inPath && (t.Blank() || t.Is("TO") || t.Text == "," || t.Kind == sqllex.String)
		said, plain := content(t)
		switch {
		case t.Name() == schema && i+1 < len(all) && all[i+1].Text == ".":
			i++
			// A row's field begins with a bracket or a dot, never with a schema.
		case inPath && plain:
			b.WriteString(pathName(said, schema, placeholder))
		case plain && castToName(all, i):
			b.WriteString(ident.Literal(n.unqualified(said, schema)))
		default:
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

// pathName spells a schema in a function's path as a name: the placeholder is not
// replaced inside strings.
func pathName(said, schema, placeholder string) string {
	switch {
	case said == schema && placeholder != "":
		return placeholder
	case said == "":
		return "''"
	}
	return ident.Quote(said)
}

// unqualified returns the name of an object, which may have arguments, without the
// schema.
func (n *names) unqualified(text, schema string) string {
	var b strings.Builder
	all := slices.Collect(sqllex.Tokens(text))
	for i := 0; i < len(all); i++ {
		if all[i].Name() == schema && i+1 < len(all) && all[i+1].Text == "." {
			i++
			continue
		}
		b.WriteString(all[i].Text)
	}
	return b.String()
}
