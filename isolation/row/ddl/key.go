package ddl

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// tableConstraint leads a constraint of the table by the tenant's column.
func (b *builder) tableConstraint(e part) error {
	s, i, name := b.s, e.from, ""
	if s.at(i, "CONSTRAINT") {
		name = s.name(i + 1)
		i += 2
	}
	switch {
	case s.at(i, "CHECK"):
		b.checked(name, e)
		return nil
	case s.at(i, "PRIMARY", "KEY"):
		return b.key("p", "pkey", name, part{i, e.to}, i+2)
	case s.at(i, "UNIQUE"):
		at := i + 1
		for s.oneOf(at, "NULLS", "NOT", "DISTINCT") {
			at++
		}
		return b.key("u", "key", name, part{i, e.to}, at)
	case s.at(i, "EXCLUDE"):
		return b.exclusion(name, part{i, e.to})
	case s.at(i, "FOREIGN", "KEY", "("):
		return b.foreignKey(name, part{i, e.to})
	}
	return s.refuse(b.target, "a constraint that the row level does not know")
}

// key rewrites PRIMARY KEY or UNIQUE, whose columns are at list. One that takes over
// an index is led by the tenant's column already.
func (b *builder) key(kind, label, name string, p part, list int) error {
	s := b.s
	if s.at(list, "USING", "INDEX") {
		index := s.name(list + 2)
		columns := b.Model.Relations[index].Uses
		delete(b.Model.Relations, index)
		b.Model.addKey(b.target, firstOf(name, index), Key{Kind: kind, Columns: columns})
		return nil
	}
	if !s.at(list, "(") {
		return s.refuse(b.target, "a key without columns")
	}
	columns := s.names(list)
	s.change(s.after(list, Column+", "))
	if name == "" {
		name = b.Model.keyName(b.target, labelled(b.included(list, columns), label), label)
		s.change(s.before(p.from, "CONSTRAINT "+ident.Quote(name)+" "))
	}
	b.Model.addKey(b.target, name, Key{Kind: kind, Columns: columns})
	return nil
}

// included adds the columns of INCLUDE, which are part of a name.
func (b *builder) included(list int, columns []string) []string {
	if at := b.s.skip(list); b.s.at(at, "INCLUDE", "(") {
		return slices.Concat(columns, b.s.names(at+1))
	}
	return columns
}

func firstOf(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

// exclusion adds the tenant's column, compared with =, in front.
func (b *builder) exclusion(name string, p part) error {
	s, list, method := b.s, p.from+1, "btree"
	if s.at(list, "USING") {
		method = s.name(list + 1)
		list += 2
	}
	if !s.at(list, "(") {
		return s.refuse(b.target, "an exclusion without columns")
	}
	if err := b.excludable(firstOf(name, b.target), method); err != nil {
		return err
	}
	columns := s.elementNames(list)
	s.change(s.after(list, Column+" WITH =, "))
	if name == "" {
		name = b.Model.keyName(b.target, distinct(b.included(list, columns)), "excl")
		s.change(s.before(p.from, "CONSTRAINT "+ident.Quote(name)+" "))
	}
	b.Model.addKey(b.target, name, Key{Kind: "x", Columns: columns})
	return nil
}

// excludable refuses what cannot compare a tenant in an exclusion.
func (b *builder) excludable(object, method string) error {
	switch {
	case method == "gist" && !slices.Contains(b.Model.Extensions, "btree_gist"):
		return b.s.refuse(object, "comparing the tenant in a gist index needs btree_gist: CREATE EXTENSION btree_gist in a shared migration before this one")
	case method != "gist" && method != "btree":
		return b.s.refuse(object, "an index of the kind %s has no room for the tenant: use gist", method)
	}
	return nil
}
