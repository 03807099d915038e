package ddl

import "slices"

// createTrigger notes that changing rows of a table runs code.
func (r *Rewriter) createTrigger(s *statement) error {
	name := trigger(s)
	for i := name + 1; i < len(s.code); i++ {
		if !s.at(i, "ON") {
			continue
		}
		rel, err := s.relation(i + 1)
		if t := r.table(rel); err == nil && t != nil {
			t.Triggers = append(t.without(s.name(name)), r.triggerOf(s, part{name, i}))
		}
		return err
	}
	return nil
}

// triggerOf reads a trigger whose name and events are in p.
func (r *Rewriter) triggerOf(s *statement, p part) Trigger {
	t := Trigger{
		Name: s.name(p.from), Delete: s.has(p.from+1, p.to, "DELETE"), Update: s.has(p.from+1, p.to, "UPDATE"),
	}
	for i := p.from + 1; i < p.to; i++ {
		if s.at(i, "UPDATE", "OF") {
			for i += 2; i < p.to && !s.at(i, "OR"); i += 2 {
				t.Of = append(t.Of, s.name(i))
			}
		}
	}
	t.Function = r.runs(s, p.to)
	return t
}

// runs returns the function that a trigger calls when it fires, or before, WHEN.
func (r *Rewriter) runs(s *statement, i int) string {
	execute := s.top(i, "EXECUTE")
	if execute < 0 {
		return ""
	}
	if f := r.calls(s, part{i, execute}); f != "" {
		return f
	}
	rel, err := s.relation(execute + 2)
	if err != nil || !r.own(rel) {
		return ""
	}
	return rel.name
}

// without returns the table's triggers but the named one.
func (t *Table) without(trigger string) []Trigger {
	return slices.DeleteFunc(t.Triggers, func(o Trigger) bool { return o.Name == trigger })
}

// trigger returns where the trigger's name is.
func trigger(s *statement) int {
	for i := range s.code {
		if s.at(i, "TRIGGER") {
			return i + 1
		}
	}
	return 0
}
