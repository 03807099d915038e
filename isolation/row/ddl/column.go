package ddl

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// element rewrites a column, a constraint, or LIKE.
func (b *builder) element(e part) error {
	switch {
	case b.s.at(e.from, "LIKE"):
		return b.like(e)
	case b.s.constraint(e.from):
		return b.tableConstraint(e)
	}
	return b.column(e)
}

// column takes keys out of a column's definition and lifts them into the table: there
// they can have the tenant's column in front. The words that begin a constraint are
// reserved, so outside of parentheses they are never anything else.
func (b *builder) column(e part) error {
	s, column := b.s, b.s.name(e.from)
	if column == "" {
		return s.refuse(b.target, "a column without a name")
	}
	for i := e.from + 1; i < e.to; {
		from, name := i, ""
		if s.at(i, "CONSTRAINT") {
			name = s.name(i + 1)
			i += 2
		}
		switch {
		case s.at(i, "PRIMARY", "KEY"), s.at(i, "UNIQUE"):
			to := s.keyTail(i, e.to)
			b.liftKey(column, name, part{i, to})
			s.change(s.remove(from, to))
			i = to
		case s.at(i, "REFERENCES"):
			to, err := b.columnReference(column, name, from, part{i, e.to})
			if err != nil {
				return err
			}
			i = to
		case s.at(i, "DEFAULT"):
			i = b.defaulted(column, i, e.to)
		case s.at(i, "CHECK"):
			to := s.skip(i + 1)
			b.checked(name, part{i, to})
			i = to
		default:
			i = s.skip(i)
		}
	}
	return nil
}

// keyTail returns where a column's PRIMARY KEY or UNIQUE ends.
func (s *statement) keyTail(i, end int) int {
	i++
	if s.at(i, "KEY") {
		i++
	}
	for i < end {
		switch {
		case s.at(i, "NULLS", "NOT", "DISTINCT"):
			i += 3
		case s.at(i, "NULLS", "DISTINCT"):
			i += 2
		case s.at(i, "WITH", "("):
			i = s.skip(i + 1)
		case s.at(i, "USING", "INDEX", "TABLESPACE"):
			i += 4
		default:
			return s.attributes(i, end)
		}
	}
	return end
}

// attributes returns where DEFERRABLE and its kin end.
func (s *statement) attributes(i, end int) int {
	for i < end {
		switch {
		case s.at(i, "DEFERRABLE"):
			i++
		case s.at(i, "NOT", "DEFERRABLE"), s.at(i, "NOT", "VALID"), s.at(i, "INITIALLY"):
			i += 2
		default:
			return i
		}
	}
	return end
}

// liftKey writes a column's key as a constraint of the table.
func (b *builder) liftKey(column, name string, p part) {
	s, columns := b.s, []string{column}
	kind, label, words, at := "u", "key", "UNIQUE", p.from+1
	if s.at(p.from, "PRIMARY") {
		kind, label, words, at = "p", "pkey", "PRIMARY KEY", p.from+2
	}
	for s.at(at, "NULLS") || s.at(at, "NOT", "DISTINCT") || s.at(at, "DISTINCT") {
		words += " " + s.code[at].Text
		at++
	}
	if name == "" {
		if kind == "u" && b.has(columns) {
			return // PostgreSQL makes one index of the two as well
		}
		name = b.Model.keyName(b.target, labelled(columns, label), label)
	}
	text := "CONSTRAINT " + ident.Quote(name) + " " + words + " (" + Column + ", " + ident.Quote(column) + ")"
	if at < p.to {
		text += " " + s.span(at, p.to, nil)
	}
	b.Model.addKey(b.target, name, Key{Kind: kind, Columns: columns})
	b.lifted = append(b.lifted, text)
}

// has reports whether the table has a key of just these columns.
func (b *builder) has(columns []string) bool {
	for _, k := range b.Model.Tables[b.target].Keys {
		if (k.Kind == "p" || k.Kind == "u") && slices.Equal(k.Columns, columns) {
			return true
		}
	}
	return false
}

// labelled returns the columns that are part of a name: none of a primary key's.
func labelled(columns []string, label string) []string {
	if label == "pkey" {
		return nil
	}
	return distinct(columns)
}
