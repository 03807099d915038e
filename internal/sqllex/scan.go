package sqllex

import "strings"

// scan returns the token that begins at pos, which is inside sql.
func scan(sql string, pos int) Token {
	kind, size, closed := measure(sql[pos:])
	return Token{Kind: kind, Text: sql[pos : pos+size], Pos: pos, Open: !closed}
}

func measure(s string) (kind Kind, size int, closed bool) {
	switch c := s[0]; {
	case isSpace(c):
		return Space, span(s, isSpace), true
	case strings.HasPrefix(s, "--"):
		return Comment, lineEnd(s), true
	case strings.HasPrefix(s, "/*"):
		size, closed = blockComment(s)
		return Comment, size, closed
	case c == '"':
		size, closed = quoted(s, 0, '"')
		return Quoted, size, closed
	case c == '\'':
		size, closed = quoted(s, 0, '\'')
		return String, size, closed
	case c == '$':
		return dollar(s)
	case isDigit(c):
		return Number, span(s, func(c byte) bool { return isWord(c) && c != '$' || c == '.' }), true
	case isWordStart(c):
		return word(s)
	}
	return Punct, 1, true
}

// word measures a word, or the string or identifier that its first letters introduce.
func word(s string) (Kind, int, bool) {
	if len(s) > 1 && s[1] == '\'' {
		switch s[0] {
		case 'e', 'E':
			size, closed := escaped(s)
			return String, size, closed
		case 'b', 'B', 'x', 'X', 'n', 'N':
			size, closed := quoted(s, 1, '\'')
			return String, size, closed
		}
	}
	if len(s) > 2 && (s[0] == 'u' || s[0] == 'U') && s[1] == '&' && (s[2] == '\'' || s[2] == '"') {
		size, closed := quoted(s, 2, s[2])
		if s[2] == '"' {
			return Quoted, size, closed
		}
		return String, size, closed
	}
	return Word, span(s, isWord), true
}

// quoted measures text from its opening quote at s[at] on; a doubled quote stays inside.
func quoted(s string, at int, quote byte) (size int, closed bool) {
	for i := at + 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		return i + 1, true
	}
	return len(s), false
}

// escaped measures an E-string. A quote on one of the next lines continues it, and
// there, too, a backslash escapes.
func escaped(s string) (size int, closed bool) {
	for i := 2; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] != '\'':
		case i+1 < len(s) && s[i+1] == '\'':
			i++
		default:
			more := continuation(s[i+1:])
			if more == 0 {
				return i + 1, true
			}
			i += more
		}
	}
	return len(s), false
}

// continuation returns how far the quote is that continues a string: behind white
// space and line comments that hold at least one line break. 0 means there is none.
func continuation(s string) int {
	newline := false
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\n' || s[i] == '\r':
			newline = true
			i++
		case isSpace(s[i]):
			i++
		case strings.HasPrefix(s[i:], "--"):
			i += lineEnd(s[i:])
		case s[i] == '\'' && newline:
			return i + 1
		default:
			return 0
		}
	}
	return 0
}

// dollar measures $1, $tag$…$tag$, or a lone dollar sign.
func dollar(s string) (Kind, int, bool) {
	if len(s) > 1 && isDigit(s[1]) {
		return Param, 1 + span(s[1:], isDigit), true
	}
	tag := 1
	for tag < len(s) && isTag(s[tag]) {
		tag++
	}
	if tag == len(s) || s[tag] != '$' {
		return Punct, 1, true
	}
	fence := s[:tag+1]
	end := strings.Index(s[len(fence):], fence)
	if end < 0 {
		return String, len(s), false
	}
	return String, 2*len(fence) + end, true
}

func blockComment(s string) (size int, closed bool) {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(s), false
}

func lineEnd(s string) int {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return i
	}
	return len(s)
}

func span(s string, in func(byte) bool) int {
	i := 1
	for i < len(s) && in(s[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool {
	return c == ' ' || '\t' <= c && c <= '\r'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWordStart counts every byte over ASCII as a letter, as PostgreSQL does.
func isWordStart(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

func isTag(c byte) bool { return isWordStart(c) || isDigit(c) }

func isWord(c byte) bool { return isTag(c) || c == '$' }
