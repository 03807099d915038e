package ddl

// alterTable rewrites each action of ALTER TABLE.
func (r *Rewriter) alterTable(s *statement) error {
	i := s.ifExists(2)
	maybe := i != 2
	if s.at(i, "ONLY") {
		i++
	}
	rel, err := s.relation(i)
	if err != nil {
		return err
	}
	if s.at(rel.to, "*") {
		rel.to++
	}
	if err := s.stays(rel.name); err != nil {
		return err
	}
	if r.table(rel) == nil {
		return r.alterOther(s, rel, maybe)
	}
	if s.at(rel.to, "RENAME") {
		return r.rename(s, rel)
	}
	b := &builder{Rewriter: r, s: s, target: rel.name}
	for _, action := range s.list(rel.to, len(s.code)) {
		if err := b.action(action); err != nil {
			return err
		}
	}
	return nil
}

// alterOther lets ALTER TABLE of a view through, and of a table that may be missing.
func (r *Rewriter) alterOther(s *statement, rel relation, maybe bool) error {
	if _, known := r.Model.Relations[rel.name]; r.own(rel) && known {
		if s.at(rel.to, "RENAME", "TO") {
			r.renameRelation(rel.name, s.name(rel.to+2))
		}
		return s.keepsInvoker(rel)
	}
	if maybe && r.own(rel) {
		return nil
	}
	return s.refuse(rel.name, "%s", notOurs)
}

// rename follows RENAME of the table, a column or a constraint.
func (r *Rewriter) rename(s *statement, rel relation) error {
	i := rel.to + 1
	t := r.Model.Tables[rel.name]
	switch {
	case s.at(i, "TO"):
		r.Model.renameTable(rel.name, s.name(i+1))
	case s.at(i, "CONSTRAINT"):
		from, to := s.name(i+1), s.name(i+3)
		r.renameRelation(from, to)
		if key, ok := t.Keys[from]; ok {
			delete(t.Keys, from)
			t.Keys[to] = key
		}
	default:
		if s.at(i, "COLUMN") {
			i++
		}
		r.Model.renameColumn(rel.name, s.name(i), s.name(i+2))
	}
	return nil
}
