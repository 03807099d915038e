package ddl

import (
	"slices"
	"strings"
)

// action rewrites one action.
func (b *builder) action(p part) error {
	s, i := b.s, p.from
	switch s.name(i) {
	case "add":
		return b.add(p)
	case "drop":
		b.drop(part{i + 1, p.to})
		return nil
	case "alter":
		return b.alterColumn(p)
	case "disable":
		if s.at(i+1, "ROW") {
			return s.refuse(b.target, "row security must stay on: it holds the tenants apart")
		}
		return nil
	case "no":
		if s.at(i+1, "FORCE") {
			return s.refuse(b.target, "row security must stay forced: it holds the tenants apart for the owner, too")
		}
	case "validate", "cluster", "set", "reset", "replica", "enable", "force":
		return nil
	case "attach", "detach":
		return b.partitioned(i)
	}
	return s.refuse(b.target, "%s cannot be done to a table that tenants share: keys and policies would not follow", s.span(p.from, min(p.to, p.from+2), nil))
}

// partitioned follows ATTACH and DETACH PARTITION.
func (b *builder) partitioned(i int) error {
	rel, err := b.s.relation(i + 2)
	if err != nil {
		return err
	}
	t := b.table(rel)
	if t == nil {
		return b.s.refuse(rel.name, "%s", notOurs)
	}
	t.Parent = ""
	if b.s.at(i, "ATTACH") {
		t.Parent = b.target
	}
	return nil
}

// add rewrites ADD column or constraint. Keys of a column become actions of their own.
func (b *builder) add(p part) error {
	s, i := b.s, p.from+1
	if err := b.callsNothing(p); err != nil {
		return err
	}
	if s.constraint(i) {
		return b.tableConstraint(part{i, p.to})
	}
	if s.at(i, "COLUMN") {
		i++
	}
	at := s.ifNotExists(i)
	t := b.Model.Tables[b.target]
	if at != i && slices.Contains(t.Columns, s.name(at)) {
		return nil // the server leaves it out, keys included
	}
	t.Columns = append(t.Columns, s.name(at))
	b.lifted = nil
	if err := b.column(part{at, p.to}); err != nil {
		return err
	}
	if len(b.lifted) > 0 {
		s.change(s.after(p.to-1, ", ADD "+strings.Join(b.lifted, ", ADD ")))
	}
	return nil
}

// drop follows DROP of a column or constraint.
func (b *builder) drop(p part) {
	s, i := b.s, p.from
	cascade := s.at(p.to-1, "CASCADE")
	if s.at(i, "CONSTRAINT") {
		b.Model.dropKey(b.target, s.name(s.ifExists(i+1)), cascade)
		return
	}
	if s.at(i, "COLUMN") {
		i++
	}
	b.Model.dropColumn(b.target, s.name(s.ifExists(i)), cascade)
}

// alterColumn follows defaults: setting one calls nothing yet.
func (b *builder) alterColumn(p part) error {
	s, i := b.s, p.from+1
	if s.at(i, "COLUMN") {
		i++
	}
	switch {
	case s.at(i+1, "SET", "DEFAULT"):
		b.Model.setDefault(b.target, s.name(i), b.calls(s, part{i + 2, p.to}))
		return nil
	case s.at(i+1, "DROP", "DEFAULT"):
		b.Model.setDefault(b.target, s.name(i), "")
		return nil
	}
	return b.callsNothing(p)
}

// callsNothing refuses an action that calls the migrations' own code for each row that
// is there: it would run without a tenant and see the rows of all.
func (b *builder) callsNothing(p part) error {
	if f := b.calls(b.s, p); f != "" {
		return b.s.refuse(b.target, "calls %s for rows of all tenants at once: %s", f, "add the column first, fill it by UPDATE in a file marked -- +rowhouse each-tenant, then set the default")
	}
	return nil
}
