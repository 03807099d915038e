package ddl

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// reference is REFERENCES with what follows it.
type reference struct {
	rel    relation
	shared bool // it refers to a table that is no tenant table
	refers []string
	delete string // the actions, as in pg_constraint
	update string
	edits  []edit // that lead it by the tenant's column
	to     int
}

// columnReference lifts a column's REFERENCES into the table. One to a shared table
// stays where it is. from is where it begins, its CONSTRAINT included.
func (b *builder) columnReference(column, name string, from int, p part) (to int, err error) {
	columns := []string{column}
	ref, err := b.reference(p, columns, firstOf(name, b.target+"."+column))
	if err != nil {
		return 0, err
	}
	if name == "" {
		name = b.Model.foreignName(b.target, columns)
	}
	b.Model.addKey(b.target, name, ref.key(columns))
	if ref.shared {
		return ref.to, nil
	}
	b.lifted = append(b.lifted, "CONSTRAINT "+ident.Quote(name)+" FOREIGN KEY ("+Column+", "+ident.Quote(column)+") "+
		b.s.span(p.from, ref.to, ref.edits))
	b.s.change(b.s.remove(from, ref.to))
	return ref.to, nil
}

// foreignKey rewrites a table's FOREIGN KEY (…) REFERENCES ….
func (b *builder) foreignKey(name string, p part) error {
	s, list := b.s, p.from+2
	columns, at := s.names(list), s.skip(list)
	if !s.at(at, "REFERENCES") {
		return s.refuse(b.target, "a foreign key without REFERENCES")
	}
	ref, err := b.reference(part{at, p.to}, columns, firstOf(name, b.target))
	if err != nil {
		return err
	}
	named := name != ""
	if !named {
		name = b.Model.foreignName(b.target, columns)
	}
	b.Model.addKey(b.target, name, ref.key(columns))
	if ref.shared {
		return nil
	}
	if !named {
		s.change(s.before(p.from, "CONSTRAINT "+ident.Quote(name)+" "))
	}
	s.change(s.after(list, Column+", "))
	s.change(ref.edits...)
	return nil
}

// key returns the foreign key as the model knows it.
func (ref reference) key(columns []string) Key {
	k := Key{Kind: "f", Columns: columns, Delete: ref.delete, Update: ref.update}
	if !ref.shared {
		k.Table, k.Refers = ref.rel.name, ref.refers
	}
	return k
}

// reference reads REFERENCES table [(columns)] [MATCH …] [ON …] [DEFERRABLE …].
func (b *builder) reference(p part, columns []string, object string) (ref reference, err error) {
	s := b.s
	if ref.rel, err = s.relation(p.from + 1); err != nil {
		return ref, err
	}
	ref.shared = b.table(ref.rel) == nil
	ref.to = ref.rel.to
	if !ref.shared {
		ref.refers = b.Model.primary(ref.rel.name)
	}
	if s.at(ref.to, "(") {
		ref.refers = s.names(ref.to)
		ref.edits = append(ref.edits, s.after(ref.to, Column+", "))
		ref.to = s.skip(ref.to)
	}
	for ref.to < p.to {
		i := ref.to
		switch {
		case s.at(i, "MATCH"):
			err = b.match(&ref, i+1, columns, object)
		case s.at(i, "ON", "DELETE"):
			ref.delete = ref.action(s, i+2, columns)
		case s.at(i, "ON", "UPDATE"):
			err = b.onUpdate(&ref, i+2, object)
		default:
			ref.to = s.attributes(i, p.to)
			return ref, nil
		}
		if err != nil {
			return ref, err
		}
	}
	return ref, nil
}

// match makes MATCH FULL of one column the MATCH SIMPLE that it means: with the
// tenant's column, which is never null, FULL would forbid a null in the other.
func (b *builder) match(ref *reference, i int, columns []string, object string) error {
	if b.s.at(i, "FULL") && !ref.shared {
		if len(columns) > 1 {
			return b.s.refuse(object, "MATCH FULL cannot be kept: the tenant's column is never null, so no part could be; use MATCH SIMPLE with a CHECK")
		}
		ref.edits = append(ref.edits, b.s.replace(i, "SIMPLE"))
	}
	ref.to = i + 1
	return nil
}

// onUpdate refuses what would set the tenant's column to null.
func (b *builder) onUpdate(ref *reference, i int, object string) error {
	if b.s.at(i, "SET") && !ref.shared {
		return b.s.refuse(object, "ON UPDATE SET NULL or SET DEFAULT would also set the tenant's column: use ON UPDATE CASCADE or NO ACTION")
	}
	ref.update = ref.action(b.s, i, nil)
	return nil
}

// action reads what happens ON DELETE or ON UPDATE. SET NULL names its columns, so
// that it leaves the tenant's alone. It returns the action as pg_constraint has it.
func (ref *reference) action(s *statement, i int, columns []string) string {
	switch {
	case s.at(i, "NO"):
		ref.to = i + 2
	case !s.at(i, "SET"):
		ref.to = i + 1
	case s.at(i+2, "("):
		ref.to = s.skip(i + 2)
	default:
		ref.to = i + 2
		ref.edits = append(ref.edits, s.after(i+1, " ("+quoted(columns)+")"))
	}
	return s.actionCode(i)
}

// actionCode returns an action as pg_constraint has it; RESTRICT does no more than
// NO ACTION.
func (s *statement) actionCode(i int) string {
	switch {
	case s.at(i, "CASCADE"):
		return "c"
	case s.at(i, "SET", "NULL"):
		return "n"
	case s.at(i, "SET", "DEFAULT"):
		return "d"
	}
	return "a"
}

func quoted(columns []string) string {
	return ident.QuotePath(slices.Clone(columns)...)
}
