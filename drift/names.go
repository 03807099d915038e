package drift

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// in returns a name of the schema, qualified and quoted.
func in(name string) string { return catalog.Placeholder + "." + ident.Quote(name) }

// of returns an object's qualified name. Functions and operators have theirs quoted
// already.
func of(o catalog.Object) string {
	switch o.Kind {
	case "function", "procedure", "aggregate", "operator":
		return catalog.Placeholder + "." + o.Name
	}
	return in(o.Name)
}

// sqlKind is what DROP and COMMENT call a kind.
func sqlKind(kind string) string {
	switch kind {
	case "enum", "range", "composite type", "type":
		return "TYPE"
	}
	return strings.ToUpper(kind)
}

// mentions reports whether an SQL text refers to a name of the schema, or, where
// the name is empty, to the schema at all.
func mentions(sql, name string) bool {
	for _, spelling := range []string{catalog.Placeholder + "." + name, in(name)} {
		if hasName(sql, spelling) {
			return true
		}
	}
	return false
}

// names reports whether an SQL text has a name as a whole word.
func names(sql, name string) bool { return hasName(sql, name) || hasName(sql, ident.Quote(name)) }

func hasName(sql, name string) bool {
	for from := 0; ; {
		at := strings.Index(sql[from:], name)
		if at < 0 {
			return false
		}
		begin, end := from+at, from+at+len(name)
		if (begin == 0 || !inWord(sql[begin-1])) && (end == len(sql) || !inWord(sql[end])) {
			return true
		}
		from = begin + 1
	}
}

func inWord(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// text is all that an object says, to look for names in.
func text(o catalog.Object) string {
	var b strings.Builder
	for _, a := range o.Attrs {
		b.WriteString(a.Value + "\n")
	}
	return b.String()
}
