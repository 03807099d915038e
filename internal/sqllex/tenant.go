package sqllex

import "strings"

// Placeholder is the reserved name that stands for a tenant's schema.
const Placeholder = "__tenant__"

// IsPlaceholder reports whether the token is the identifier [Placeholder], quoted
// or not.
func (t Token) IsPlaceholder() bool { return t.Name() == Placeholder }

// Replace returns sql with every identifier [Placeholder] replaced by quoted, an
// identifier that is already quoted. Strings, comments and longer names that
// contain the word stay as they are.
func Replace(sql, quoted string) string {
	if !mentions(sql) {
		return sql
	}
	var b strings.Builder
	last := Token{Kind: Space}
	for t := range Tokens(sql) {
		if t.IsPlaceholder() {
			t = Token{Kind: Quoted, Text: quoted}
		}
		if fuses(last, t) {
			b.WriteByte(' ')
		}
		b.WriteString(t.Text)
		last = t
	}
	return b.String()
}

// fuses reports whether two tokens would be read as one once the second, or the
// first, is a quoted name: "a""b" is one identifier and U&"b" is an escaped one.
func fuses(last, t Token) bool {
	return t.Kind == Quoted && t.Text[0] == '"' && (last.Kind == Quoted || last.Text == "&")
}

// mentions is the cheap test that spares most statements the work.
func mentions(sql string) bool {
	for i := 0; ; i++ {
		at := strings.Index(sql[i:], "__")
		if at < 0 {
			return false
		}
		i += at
		if len(sql)-i >= len(Placeholder) && strings.EqualFold(sql[i:i+len(Placeholder)], Placeholder) {
			return true
		}
	}
}
