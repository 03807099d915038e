package ddl

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// createIndex leads an index by the tenant's column: a unique one so that tenants do
// not meet in it, another one so that a read under the policy stays one index scan.
// Indexes of other kinds than btree stay as they are.
func (r *Rewriter) createIndex(s *statement, i int) error {
	if s.at(i, "CONCURRENTLY") {
		i++
	}
	i = s.ifNotExists(i)
	index, on := "", i
	if !s.at(i, "ON") {
		index, on = s.name(i), i+1
	}
	if s.at(on, ".") || !s.at(on, "ON") {
		return s.refuse(index, "an index is named without a schema")
	}
	table := on + 1
	if s.at(table, "ONLY") {
		table++
	}
	rel, err := s.relation(table)
	if err != nil {
		return err
	}
	if r.table(rel) == nil {
		return s.refuse(rel.name, "%s", notOurs)
	}
	return r.indexOn(s, rel, index, on)
}

// notOurs is why a statement about a table that is not a tenant's is refused.
const notOurs = "no migration before this one made this table among the tenants' tables: change shared tables in shared migrations"

// indexOn rewrites ON table [USING method] (elements) …; on is where the name of an
// unnamed index goes.
func (r *Rewriter) indexOn(s *statement, rel relation, index string, on int) error {
	list, btree := rel.to, true
	if s.at(list, "USING") {
		btree = s.name(list+1) == "btree"
		list += 2
	}
	if !s.at(list, "(") {
		return s.refuse(rel.name, "an index without columns")
	}
	if index == "" {
		b := &builder{Rewriter: r, s: s, target: rel.name}
		index = r.Model.keyName(rel.name, distinct(b.included(list, s.elementNames(list))), "idx")
		s.change(s.before(on, ident.Quote(index)+" "))
	}
	if btree {
		s.change(s.after(list, Column+", "))
	}
	if !r.Model.taken(index) {
		r.Model.Relations[index] = Relation{Kind: "i", Of: rel.name, Uses: s.columnsUsed(list, r.Model.Tables[rel.name])}
	}
	return nil
}

// columnsUsed returns the columns of a table that are spelled from token i on.
func (s *statement) columnsUsed(i int, t *Table) (used []string) {
	for ; i < len(s.code); i++ {
		if name := s.name(i); slices.Contains(t.Columns, name) {
			used = append(used, name)
		}
	}
	return used
}

// elementNames returns what the columns and expressions of an index are called in
// the index's own name.
func (s *statement) elementNames(list int) []string {
	var names []string
	for _, p := range s.list(list+1, s.skip(list)-1) {
		names = append(names, s.elementName(p))
	}
	return names
}

// elementName names a column by itself, a call by its function, and what is neither
// "expr".
func (s *statement) elementName(p part) string {
	if s.at(p.from, "(") {
		return s.expressionName(part{p.from + 1, s.skip(p.from) - 1})
	}
	if s.at(p.from, "CAST", "(") {
		return s.expressionName(part{p.from + 2, s.skip(p.from+1) - 1})
	}
	name, _ := s.primary(p.from)
	return name
}

// primary reads a name or a call.
func (s *statement) primary(i int) (name string, to int) {
	name, to = s.name(i), i+1
	for s.at(to, ".") {
		name = s.name(to + 1)
		to += 2
	}
	if s.at(to, "(") {
		to = s.skip(to)
	}
	return name, to
}

// expressionName looks through parentheses, casts and collations.
func (s *statement) expressionName(p part) string {
	for s.at(p.from, "(") && s.skip(p.from) == p.to {
		p = part{p.from + 1, p.to - 1}
	}
	if s.at(p.from, "CAST", "(") {
		return s.expressionName(part{p.from + 2, s.skip(p.from+1) - 1})
	}
	name, to := s.primary(p.from)
	if s.at(p.from, "(") {
		name, to = s.expressionName(part{p.from + 1, s.skip(p.from) - 1}), s.skip(p.from)
	}
	if name == "" || to < p.to && !s.at(to, ":", ":") && !s.oneOf(to, "COLLATE", "AS") || s.oneOf(p.from, "NOT", "CASE") {
		return "expr"
	}
	return name
}
