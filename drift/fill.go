package drift

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// fill replaces the placeholder by a schema's name.
func fill(sql, schema, quoted string) string {
	var b strings.Builder
	for t := range sqllex.Tokens(sql) {
		if t.Kind == sqllex.String {
			t.Text = fillString(t.Text, schema, quoted)
		}
		b.WriteString(t.Text)
	}
	return sqllex.Replace(b.String(), quoted)
}

// fillString replaces the placeholder inside one constant.
func fillString(text, schema, quoted string) string {
	switch {
	case !strings.Contains(text, catalog.Placeholder):
		return text
	case text[0] == '$':
		// The body of a function or a DO block, which is SQL itself.
	case text[0] == 'E' || text[0] == 'e':
		schema, quoted = escape(schema), escape(quoted)
	default:
		schema, quoted = double(schema), double(quoted)
	}
	text = strings.ReplaceAll(text, catalog.Placeholder+".", quoted+".")
	return strings.ReplaceAll(text, catalog.Placeholder, schema)
}

func double(s string) string { return strings.ReplaceAll(s, "'", "''") }

func escape(s string) string { return double(strings.ReplaceAll(s, `\`, `\\`)) }
