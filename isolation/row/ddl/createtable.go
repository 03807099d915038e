package ddl

import (
	"maps"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// createTable adds the tenant's column, leads all keys by it, and protects the table.
func (r *Rewriter) createTable(s *statement, at int) (more []string, err error) {
	name := s.ifNotExists(at)
	rel, err := r.fresh(s, name)
	if err != nil {
		return nil, err
	}
	if err := s.tableForm(rel); err != nil {
		return nil, err
	}
	if r.table(rel) != nil && name != at { // the server leaves it as it is
		before := r.Model.clone()
		defer func() { r.Model, more = before, nil }()
	}
	r.Model.Tables[rel.name] = &Table{Keys: map[string]Key{}, Defaults: map[string]string{}}
	protection := protect(rel.name, name != at)
	if s.at(rel.to, "PARTITION", "OF") {
		return protection, r.partition(s, rel)
	}
	more, err = r.tableBody(s, rel)
	return append(more, protection...), err
}

// tableForm refuses the kinds of table that cannot be given a column and policies.
func (s *statement) tableForm(rel relation) error {
	body := rel.to
	if s.at(body, "(") {
		body = s.skip(body)
	}
	switch {
	case s.at(rel.to, "OF"):
		return s.refuse(rel.name, "a table OF a type cannot have the tenant's column: spell the columns out")
	case s.at(rel.to, "PARTITION", "OF"):
		return nil
	case s.top(body, "INHERITS") >= 0:
		return s.refuse(rel.name, "keys and policies are not inherited: make a table of its own, or partitions")
	case s.top(body, "AS") >= 0:
		return s.refuse(rel.name, "a table made from a query would hold the rows of all tenants: CREATE TABLE, then INSERT … SELECT in a file marked -- +rowhouse each-tenant")
	case body == rel.to:
		return s.refuse(rel.name, "no list of columns")
	}
	return nil
}

// tableBody rewrites the list of columns and constraints.
func (r *Rewriter) tableBody(s *statement, rel relation) (more []string, err error) {
	end := s.skip(rel.to) - 1
	elements := s.list(rel.to+1, end)
	b := &builder{Rewriter: r, s: s, target: rel.name}
	for _, e := range elements {
		b.columnName(e)
	}
	for _, e := range elements {
		if err := b.element(e); err != nil {
			return nil, err
		}
	}
	copied := slices.Contains(r.Model.Tables[rel.name].Columns, Column)
	if copied {
		more = append(more, "ALTER TABLE "+ident.Quote(rel.name)+" ALTER COLUMN "+Column+" SET DEFAULT "+current)
	}
	b.close(end, len(elements) > 0, !copied)
	return more, nil
}

// builder collects what is added to one table.
type builder struct {
	*Rewriter
	s      *statement
	target string
	lifted []string // constraints that stood in columns and now stand in the table
}

// columnName notes a column in the model, before constraints refer to it, or the
// columns that are copied from another tenant table.
func (b *builder) columnName(e part) {
	t := b.Model.Tables[b.target]
	if b.s.at(e.from, "LIKE") {
		if source := b.copied(e); source != nil {
			t.Columns = append(t.Columns, source.Columns...)
			maps.Copy(t.Defaults, source.Defaults)
		}
	} else if !b.s.constraint(e.from) {
		t.Columns = append(t.Columns, b.s.name(e.from))
	}
}

// constraint reports whether a constraint of the table begins at i, not a column.
func (s *statement) constraint(i int) bool {
	return s.oneOf(i, "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN") || s.at(i, "EXCLUDE", "USING") || s.at(i, "EXCLUDE", "(")
}

// close adds the column and what was lifted behind the last element.
func (b *builder) close(end int, follows, column bool) {
	added := b.lifted
	if column {
		added = slices.Insert(added, 0, columnDef)
		t := b.Model.Tables[b.target]
		t.Columns = append(t.Columns, Column)
	}
	if len(added) == 0 {
		return
	}
	text := strings.Join(added, ", ")
	if follows {
		text = ", " + text
	}
	b.s.change(b.s.after(end-1, text))
}

// like refuses to copy keys: the copies would have names that PostgreSQL makes of
// the tenant's column, too.
func (b *builder) like(e part) error {
	for i := e.from + 2; i < e.to; i++ {
		if b.s.at(i, "INCLUDING", "INDEXES") || b.s.at(i, "INCLUDING", "ALL") && !b.s.has(i, e.to, "EXCLUDING", "INDEXES") {
			return b.s.refuse(b.target, "LIKE would copy keys under other names: say EXCLUDING INDEXES and spell the keys out")
		}
	}
	return nil
}

// copied returns the tenant table that LIKE copies, or nil.
func (b *builder) copied(e part) *Table {
	rel, err := b.s.relation(e.from + 1)
	if err != nil {
		return nil
	}
	return b.table(rel)
}

// partition protects a partition, which has its columns and keys from its parent.
func (r *Rewriter) partition(s *statement, rel relation) error {
	parent, err := s.relation(rel.to + 2)
	if err != nil {
		return err
	}
	of := r.table(parent)
	if of == nil {
		return s.refuse(rel.name, "%s is not a tenant table", parent.name)
	}
	if s.at(parent.to, "(") && s.has1(parent.to, s.skip(parent.to), "PRIMARY", "UNIQUE", "REFERENCES", "EXCLUDE") {
		return s.refuse(rel.name, "a key in one partition: give it to %s", parent.name)
	}
	t := r.Model.Tables[rel.name]
	t.Parent, t.Columns, t.Defaults = parent.name, slices.Clone(of.Columns), maps.Clone(of.Defaults)
	return nil
}

// protect returns the statements that hold the rows of a new table apart. A table
// that may have been there already may have its policy, too.
func protect(table string, again bool) []string {
	quoted := ident.Quote(table)
	own := Column + " = " + current
	out := []string{"ALTER TABLE " + quoted + " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"}
	if again {
		out = append(out, "DROP POLICY IF EXISTS "+Policy+" ON "+quoted)
	}
	return append(out, "CREATE POLICY "+Policy+" ON "+quoted+" USING ("+own+") WITH CHECK ("+own+")")
}
