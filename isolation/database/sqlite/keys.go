package sqlite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// autoincrement gives ids as an identity column does: those of rows that are gone are
// not given again.
const autoincrement = " INTEGER PRIMARY KEY AUTOINCREMENT"

// keyEdits makes primary keys what they are on PostgreSQL: never NULL, which SQLite
// allows, and counted up where they say so, which it would take for a type's name.
func keyEdits(tokens []sqllex.Token) (edits []edit, err error) {
	all := definitions(tokens)
	var key []string
	at := slices.IndexFunc(all, func(d definition) bool { return d.key() != nil })
	if at >= 0 {
		key = all[at].key()
	}
	for _, d := range all {
		if len(d) == 0 || d.constrains() {
			continue
		}
		what, _, _ := d.counts()
		own, listed := d.find("primary key") >= 0, slices.Contains(key, d.name())
		switch {
		case what != "" && (own || listed && len(key) == 1):
			more, err := d.counted()
			if err != nil {
				return nil, err
			}
			edits = append(edits, more...)
			if listed {
				edits = append(edits, without(all, at))
			}
		case what != "":
			return nil, d.unsupported(what)
		case listed || own && !d.rowid():
			edits = append(edits, d.never()...)
		}
	}
	return edits, nil
}

// counted spells a column that is counted up, and the primary key.
func (d definition) counted() ([]edit, error) {
	what, at, words := d.counts()
	options := at+words < len(d) && d[at+words].Text == "("
	if at > 1 && (options || !is(d[1].Text, "bigint", "integer", "int", "smallint", "int8", "int4", "int2")) {
		return nil, d.unsupported(what)
	}
	edits := []edit{{end(d[0]), end(d[1]), autoincrement}}
	if at > 1 {
		edits = append(edits, d.cut(at, words))
	}
	for _, said := range []string{"primary key", "not null"} {
		if i := d.find(said); i > 0 {
			edits = append(edits, d.cut(i, 2))
		}
	}
	return edits, nil
}

// cut removes words, and the name of the constraint that they are.
func (d definition) cut(at, words int) edit {
	from := at
	if at > 3 && d[at-2].Is("CONSTRAINT") {
		from -= 2
	}
	return edit{end(d[from-1]), end(d[at+words-1]), ""}
}

// never adds NOT NULL.
func (d definition) never() []edit {
	if d.find("not null") >= 0 {
		return nil
	}
	last := end(d[len(d)-1])
	return []edit{{last, last, " NOT NULL"}}
}

// without removes a definition and the comma that parts it from the others.
func without(all []definition, at int) edit {
	if at == 0 {
		return edit{all[0][0].Pos, all[1][0].Pos, ""}
	}
	before, last := all[at-1], all[at]
	return edit{end(before[len(before)-1]), end(last[len(last)-1]), ""}
}

func (d definition) unsupported(what string) error {
	return fmt.Errorf("column %s: %s: %w on SQLite but for an integer that alone is the primary key, without options; "+
		`write it otherwise below a line "-- +rowhouse engine sqlite"`, d.name(), what, errors.ErrUnsupported)
}
