package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// ErrDangling: after a migration rows or tables would refer to what is not there.
var ErrDangling = errors.New("references lead nowhere")

// loose makes a connection, for good, one on which dropping a table does not delete
// what refers to it: SQLite otherwise deletes its rows first, with all consequences. A
// table is rebuilt under another name and its old one dropped, so that would lose data.
func (h *handle) loose(ctx context.Context) error { return h.exec(ctx, "PRAGMA foreign_keys = 0") }

// whole checks at the end what was not enforced on the way.
func (h *handle) whole(ctx context.Context) error {
	broken, err := h.rows(ctx, `SELECT format('%d rows of %s refer to no row of %s', count(*), "table", parent)
FROM pragma_foreign_key_check GROUP BY "table", parent UNION ALL
SELECT DISTINCT format('%s refers to %s, which is no table', t.name, k."table")
FROM sqlite_schema t, pragma_foreign_key_list(t.name) k
WHERE t.type = 'table' AND NOT EXISTS (
	SELECT 1 FROM sqlite_schema p WHERE p.type = 'table' AND p.name = k."table" COLLATE NOCASE)`)
	if err != nil || len(broken) == 0 {
		return err
	}
	var what []string
	for _, row := range broken {
		what = append(what, fmt.Sprint(row[0]))
	}
	return fmt.Errorf("%w: %s; references are checked when all migrations of a run are through, "+
		"and ON DELETE and ON UPDATE do nothing meanwhile: change what refers as well", ErrDangling, strings.Join(what, ", "))
}

// dropped notes the tables that a change drops, to know when it puts others in their
// place.
type dropped map[string]bool

func (d dropped) note(sql string) {
	words := code(sql)
	if len(words) > 2 && words[0].Is("DROP") && words[1].Is("TABLE") {
		d[last(words)] = true
	}
}

// replaces reports whether a statement gives a table the name of one that was dropped.
func (d dropped) replaces(sql string) bool {
	words := code(sql)
	return len(words) > 5 && words[0].Is("ALTER") && words[len(words)-2].Is("TO") && d[last(words)]
}

func last(words []sqllex.Token) string { return strings.ToLower(words[len(words)-1].Name()) }
