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
