package ddl

import (
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// relation is a name, perhaps with a schema, as it stands in a statement.
type relation struct {
	schema, name string
	part
}

// relation reads the name that begins at token i.
func (s *statement) relation(i int) (relation, error) {
	r := relation{name: s.name(i), part: part{i, i + 1}}
	for s.at(r.to, ".") {
		r.schema, r.name = r.name, s.name(r.to+1)
		r.to += 2
	}
	if r.name == "" {
		return r, s.refuse("", "no name is where one was expected")
	}
	return r, nil
}

// own reports whether the name means the schema of the tenant tables.
func (r *Rewriter) own(rel relation) bool {
	return rel.schema == "" || rel.schema == r.Schema || rel.schema == sqllex.Placeholder
}

// table returns the tenant table that the name means, or nil.
func (r *Rewriter) table(rel relation) *Table {
	if !r.own(rel) {
		return nil
	}
	return r.Model.Tables[rel.name]
}

// fresh reads the name of what a statement makes: it must be made among the tenant tables.
func (r *Rewriter) fresh(s *statement, i int) (relation, error) {
	rel, err := s.relation(i)
	if err == nil && !r.own(rel) {
		err = s.refuse(rel.schema+"."+rel.name, "a tenant's migration makes its objects without a schema: leave out %s", rel.schema)
	}
	return rel, err
}
