package sqlitedoor

import (
	"errors"
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// errSeveral: a text holds more than one statement, as PostgreSQL refuses it too.
var errSeveral = errors.New("sqlitedoor: one statement per call: the text holds several")

// single refuses several statements in one text: what comes after a semicolon is more
// often an injection than meant.
func single(query string) error {
	if len(sqllex.Split(query)) < 2 {
		return nil
	}
	return errSeveral
}

// reads reports whether a statement surely writes nothing. One that is taken for a read
// and is none is refused by SQLite, so a mistake here costs waiting, or an error.
func reads(query string) bool {
	first := words(query, 1)
	if len(first) == 0 {
		return true
	}
	switch first[0] {
	case "select", "values", "explain":
		return true
	case "with":
		return !slices.ContainsFunc(words(query, -1), func(w string) bool {
			return w == "insert" || w == "update" || w == "delete" || w == "replace"
		})
	}
	return false
}

// words returns the first n words of a statement in lower case; all for -1.
func words(query string, n int) (out []string) {
	for token := range sqllex.Code(query) {
		if len(out) == n {
			break
		}
		out = append(out, token.Name())
	}
	return out
}

// goesBack reports whether a statement is ROLLBACK TO a savepoint.
func goesBack(query string) bool {
	w := words(query, 3)
	return len(w) == 3 && w[0] == "rollback" && (w[1] == "to" || w[2] == "to")
}
