package ddl

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// statement is one statement as tokens, and what is to be changed in its text.
type statement struct {
	text  string
	code  []sqllex.Token
	edits []edit
}

// edit replaces the bytes from pos to end by text.
type edit struct {
	pos, end int
	text     string
}

// read returns the statement without the semicolons at its end.
func read(text string) *statement {
	code := slices.Collect(sqllex.Code(text))
	for len(code) > 0 && code[len(code)-1].Text == ";" {
		code = code[:len(code)-1]
	}
	return &statement{text: text, code: code}
}

// before puts text in front of token i.
func (s *statement) before(i int, text string) edit {
	return edit{s.code[i].Pos, s.code[i].Pos, text}
}

// after puts text behind token i, in front of a comment that may follow.
func (s *statement) after(i int, text string) edit {
	at := s.endOf(i)
	return edit{at, at, text}
}

// replace puts text in the place of token i.
func (s *statement) replace(i int, text string) edit {
	return edit{s.code[i].Pos, s.endOf(i), text}
}

// remove takes the tokens from i up to j out, with the blanks in front of them.
func (s *statement) remove(i, j int) edit {
	pos := s.code[i].Pos
	for pos > 0 && (s.text[pos-1] == ' ' || s.text[pos-1] == '\t') {
		pos--
	}
	return edit{pos, s.endOf(j - 1), ""}
}

func (s *statement) change(edits ...edit) { s.edits = append(s.edits, edits...) }

func (s *statement) endOf(i int) int { return s.code[i].Pos + len(s.code[i].Text) }

// String returns the text with its changes.
func (s *statement) String() string { return s.render(0, len(s.text), s.edits) }

// span returns the text of the tokens from i up to j, changed by edits.
func (s *statement) span(i, j int, edits []edit) string {
	if i >= j {
		return ""
	}
	return s.render(s.code[i].Pos, s.endOf(j-1), edits)
}

// render applies edits, which do not overlap, to a part of the text.
func (s *statement) render(pos, end int, edits []edit) string {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return a.pos - b.pos })
	var b strings.Builder
	for _, e := range edits {
		b.WriteString(s.text[pos:e.pos])
		b.WriteString(e.text)
		pos = e.end
	}
	b.WriteString(s.text[pos:end])
	return b.String()
}

// at reports whether the tokens from i on are these words or marks.
func (s *statement) at(i int, words ...string) bool {
	for k, w := range words {
		if i < 0 || i+k >= len(s.code) || !s.is(i+k, w) {
			return false
		}
	}
	return true
}

func (s *statement) is(i int, word string) bool {
	t := s.code[i]
	return t.Is(word) || t.Kind == sqllex.Punct && t.Text == word
}

// oneOf reports whether token i is one of words.
func (s *statement) oneOf(i int, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return s.at(i, w) })
}

// has reports whether the words follow each other anywhere between i and j.
func (s *statement) has(i, j int, words ...string) bool {
	for ; i+len(words) <= j; i++ {
		if s.at(i, words...) {
			return true
		}
	}
	return false
}

// has1 reports whether one of words is anywhere between i and j.
func (s *statement) has1(i, j int, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return s.has(i, j, w) })
}

// name returns the identifier at i, cut as PostgreSQL cuts it, or "".
func (s *statement) name(i int) string {
	if i < 0 || i >= len(s.code) {
		return ""
	}
	return clip(s.code[i].Name(), ident.MaxName)
}

// skip returns where the token or the parenthesis that begins at i ends.
func (s *statement) skip(i int) int {
	depth := 0
	for ; i < len(s.code); i++ {
		switch s.code[i].Text {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		}
		if depth <= 0 {
			return i + 1
		}
	}
	return i
}

// part is the tokens from one up to another.
type part struct{ from, to int }

// list cuts the tokens from i up to j at the commas outside of parentheses.
func (s *statement) list(i, j int) []part {
	var parts []part
	from := i
	for i < j {
		if s.is(i, ",") {
			parts = append(parts, part{from, i})
			from = i + 1
		}
		i = s.skip(i)
	}
	if from < j {
		parts = append(parts, part{from, j})
	}
	return parts
}

// names returns the identifiers of a list in parentheses that begins at i.
func (s *statement) names(i int) []string {
	var names []string
	for _, p := range s.list(i+1, s.skip(i)-1) {
		names = append(names, s.name(p.from))
	}
	return names
}

// top returns where the words follow each other outside of parentheses, from i on,
// or -1.
func (s *statement) top(i int, words ...string) int {
	for ; i < len(s.code); i = s.skip(i) {
		if s.at(i, words...) {
			return i
		}
	}
	return -1
}
