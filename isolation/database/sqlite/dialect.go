package sqlite

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// now is the time as the door writes times, so that both sort together.
const now = "(strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'))"

// phrase is a sequence of words that SQLite spells otherwise.
type phrase struct {
	words []string
	means string
}

func phrases() []phrase {
	of := func(means, words string) phrase { return phrase{strings.Fields(words), means} }
	return []phrase{
		of("timestamp", "timestamp with time zone"),
		of("timestamp", "timestamptz"),
		of(now, "now ( )"),
	}
}

// adapt spells the most common phrases of PostgreSQL's table definitions as SQLite
// wants them, so that most migrations need no lines of their own. Everything else is
// left alone: what SQLite does not know is an error, and wants "+rowhouse engine". So
// is what SQLite would take for something else: [errors.ErrUnsupported].
func adapt(sql string) (string, error) {
	tokens := code(sql)
	if len(tokens) == 0 || !tokens[0].Is("CREATE") && !tokens[0].Is("ALTER") {
		return sql, nil
	}
	edits, err := keyEdits(tokens)
	if err != nil {
		return "", err
	}
	for i := range tokens {
		for _, p := range phrases() {
			if begins(tokens[i:], p.words) {
				edits = append(edits, edit{tokens[i].Pos, end(tokens[i+len(p.words)-1]), p.means})
				break
			}
		}
	}
	return edited(sql, edits), nil
}

// edit puts another text in the place of a part of a statement.
type edit struct {
	from, to int
	text     string
}

// edited applies edits that do not overlap, or lie in one that comes before them.
func edited(sql string, edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		if e.from >= at {
			b.WriteString(sql[at:e.from] + e.text)
			at = e.to
		}
	}
	return b.String() + sql[at:]
}

// begins reports whether tokens begin with words in lower case.
func begins(tokens []sqllex.Token, words []string) bool {
	if len(tokens) < len(words) {
		return false
	}
	for i, word := range words {
		if strings.ToLower(tokens[i].Text) != word {
			return false
		}
	}
	return true
}

func code(sql string) (tokens []sqllex.Token) {
	for t := range sqllex.Code(sql) {
		tokens = append(tokens, t)
	}
	return tokens
}

// end is where the text behind a token begins.
func end(t sqllex.Token) int { return t.Pos + len(t.Text) }
