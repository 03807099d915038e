package ddl

import (
	"slices"
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// createView makes a view look with the eyes of who reads it: by default it would look
// with its owner's, who sees the rows of all tenants.
func (r *Rewriter) createView(s *statement, i int) error {
	rel, err := r.fresh(s, i)
	if err != nil {
		return err
	}
	at := rel.to
	if s.at(at, "(") {
		at = s.skip(at)
	}
	if s.at(at, "WITH", "(") {
		if err := s.invoker(rel, at+1); err != nil {
			return err
		}
		at = s.skip(at + 1)
	} else {
		s.change(s.before(min(at, len(s.code)-1), "WITH (security_invoker = true) "))
	}
	if !s.at(at, "AS") {
		return s.refuse(rel.name, "no AS where the view's query was expected")
	}
	r.Model.Relations[rel.name] = Relation{Kind: "v"}
	return r.grouped(s, rel.name, part{at + 1, len(s.code)})
}

// invoker adds security_invoker to a view's options, or finds it there.
func (s *statement) invoker(rel relation, list int) error {
	for _, p := range s.list(list+1, s.skip(list)-1) {
		if s.name(p.from) != "security_invoker" {
			continue
		}
		if on := s.code[p.to-1].Text; p.to-p.from == 1 || slices.Contains([]string{"true", "on", "1", "yes"}, on) {
			return nil
		}
		return s.keepsInvoker(rel)
	}
	s.change(s.after(list, "security_invoker = true, "))
	return nil
}

// grouped refuses GROUP BY of a key alone, anywhere in a query: its other columns no
// longer follow from it, as the key has the tenant's column in front.
func (r *Rewriter) grouped(s *statement, view string, p part) error {
	for i := p.from; i < p.to; i++ {
		if !s.at(i, "SELECT") {
			continue
		}
		q := s.selection(i, p.to)
		if column := r.dependent(s, q); column != "" {
			return s.refuse(view, "GROUP BY a key alone does not cover %s, because the key has the tenant in front: add %s to GROUP BY", column, column)
		}
	}
	return nil
}

// selection is where the parts of one SELECT are.
type selection struct{ target, from, group part }

// selection finds them, on the level of parentheses on which the SELECT begins.
func (s *statement) selection(i, end int) (q selection) {
	current := &q.target
	*current = part{i + 1, end}
	for ; i < end && !s.at(i, ")"); i = s.skip(i) {
		switch {
		case s.at(i, "FROM"):
			current.to, current = i, &q.from
			*current = part{i + 1, end}
		case s.at(i, "GROUP", "BY"):
			current.to, current = i, &q.group
			*current = part{i + 2, end}
		case current != &q.target && s.oneOf(i, "WHERE", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"),
			s.oneOf(i, "UNION", "INTERSECT", "EXCEPT"):
			current.to, current = i, &part{}
		}
	}
	current.to = i
	return q
}

// dependent returns a column of a tenant's table that is selected as it is but not
// grouped by.
func (r *Rewriter) dependent(s *statement, q selection) string {
	if q.group.from == q.group.to {
		return ""
	}
	for n, item := range s.list(q.target.from, q.target.to) {
		column, end := s.columnAt(item)
		if column == "" || end != item.to && !s.at(end, "AS") && end != item.to-1 {
			continue
		}
		if !s.groups(q.group, n+1, column) && !s.groups(q.group, n+1, s.name(item.to-1)) && r.readsTenants(s, q.from, item) {
			return column
		}
	}
	return ""
}

// columnAt reads a column, or a star, at the beginning of an item.
func (s *statement) columnAt(p part) (column string, end int) {
	i := p.from
	for s.at(i+1, ".") {
		i += 2
	}
	if i >= p.to {
		return "", i
	}
	if s.at(i, "*") {
		return "*", i + 1
	}
	if s.at(i+1, "(") || i+1 < p.to && s.code[i+1].Kind == sqllex.Punct {
		return "", i
	}
	return s.name(i), i + 1
}

// groups reports whether GROUP BY has the column, or the number of its item.
func (s *statement) groups(p part, number int, column string) bool {
	for i := p.from; i < p.to; i++ {
		t := s.code[i]
		if column != "" && t.Name() == column && !s.at(i+1, ".") {
			return true
		}
		if t.Kind == sqllex.Number && t.Text == strconv.Itoa(number) {
			return true
		}
	}
	return false
}

// readsTenants reports whether the column of an item may be of a tenant's table.
func (r *Rewriter) readsTenants(s *statement, from, item part) bool {
	qualifier := ""
	if s.at(item.from+1, ".") {
		qualifier = s.name(item.from)
	}
	for i := from.from; i < from.to; i++ {
		if r.Model.Tables[s.name(i)] == nil || s.at(i-1, ".") && !r.own(relation{schema: s.name(i - 2)}) {
			continue
		}
		alias := i + 1
		if s.at(alias, "AS") {
			alias++
		}
		if qualifier == "" || qualifier == s.name(i) || qualifier == s.name(alias) {
			return true
		}
	}
	return false
}
