package ddl

// drop follows what goes, and refuses what must not.
func (r *Rewriter) drop(s *statement) error {
	switch s.name(1) {
	case "table", "view", "index", "sequence", "type":
		return r.dropRelations(s)
	case "function", "procedure", "routine":
		for _, p := range s.list(s.ifExists(2), len(s.code)) {
			r.Model.dropFunction(s.name(p.from))
		}
		return nil
	case "trigger":
		return r.dropTrigger(s)
	case "policy":
		return s.alterPolicy(s.ifExists(2))
	case "domain", "extension", "collation", "aggregate", "operator", "cast", "statistics", "text",
		"conversion", "materialized", "rule":
		return nil
	default:
		return s.refuse("", "%s", refusal(""))
	}
}

// dropRelations forgets tables, views, indexes, sequences and types.
func (r *Rewriter) dropRelations(s *statement) error {
	i := 2
	if s.at(i, "CONCURRENTLY") {
		i++
	}
	first := s.ifExists(i)
	for _, p := range s.list(first, len(s.code)) {
		rel, err := s.relation(p.from)
		if err != nil {
			return err
		}
		if !r.own(rel) {
			return s.refuse(rel.schema+"."+rel.name, "%s", notOurs)
		}
		switch {
		case !s.at(1, "TABLE"):
			delete(r.Model.Relations, rel.name)
		case r.table(rel) != nil:
			r.Model.dropTable(rel.name)
		case first == i:
			return s.refuse(rel.name, "%s", notOurs)
		}
	}
	return nil
}

func (r *Rewriter) dropTrigger(s *statement) error {
	i := s.ifExists(2)
	rel, err := s.relation(i + 2)
	if err != nil {
		return err
	}
	if t := r.table(rel); t != nil {
		t.Triggers = t.without(s.name(i))
	}
	return nil
}
