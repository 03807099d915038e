package ddl

// alter rewrites ALTER statements.
func (r *Rewriter) alter(s *statement) ([]string, error) {
	switch s.name(1) {
	case "table":
		return nil, r.alterTable(s)
	case "index", "view", "sequence":
		return nil, r.alterRelation(s)
	case "function", "procedure", "routine":
		return nil, r.alterFunction(s)
	case "policy":
		return nil, s.alterPolicy(2)
	case "default":
		return nil, s.alterDefault()
	case "domain", "operator":
		if err := r.hidesNothing(s); err != nil {
			return nil, err
		}
		return nil, s.stays(s.name(2))
	case "type", "collation", "aggregate", "statistics", "text", "conversion", "trigger":
		return nil, s.stays(s.name(2))
	case "extension":
		return nil, s.alterExtension()
	case "materialized":
		return nil, s.refuse(s.name(3), "%s", refusal("refresh"))
	default:
		return nil, s.refuse("", "%s", refusal(""))
	}
}

// stays refuses to take an object out of the tenants' schema or from its owner.
func (s *statement) stays(object string) error {
	if s.top(0, "SET", "SCHEMA") >= 0 {
		return s.refuse(object, "must stay in the schema of the tenants' tables: leave SET SCHEMA out")
	}
	if s.top(0, "OWNER", "TO") >= 0 {
		return s.refuse(object, "the migrator owns what all tenants share: leave OWNER TO out")
	}
	return nil
}

// alterExtension lets updates through. A member of an extension is not looked at by
// [Verify], so nothing may become one.
func (s *statement) alterExtension() error {
	if !s.at(3, "UPDATE") {
		return s.refuse(s.name(2), "only UPDATE of an extension is a tenant's: change it in a shared migration")
	}
	return nil
}

// alterPolicy keeps the policy that holds tenants apart.
func (s *statement) alterPolicy(i int) error {
	if s.name(i) == Policy {
		return s.refuse(Policy, "this policy holds the tenants apart: leave it alone")
	}
	return nil
}

// alterDefault rewrites ALTER DEFAULT PRIVILEGES … GRANT ….
func (s *statement) alterDefault() error {
	if at := s.top(0, "GRANT"); at >= 0 {
		return s.grant(at)
	}
	return nil
}

// alterRelation follows the names of views, indexes and sequences.
func (r *Rewriter) alterRelation(s *statement) error {
	rel, err := s.relation(s.ifExists(2))
	if err != nil {
		return err
	}
	if err := s.stays(rel.name); err != nil {
		return err
	}
	if err := s.keepsInvoker(rel); err != nil {
		return err
	}
	if s.at(rel.to, "RENAME", "TO") {
		r.renameRelation(rel.name, s.name(rel.to+2))
	}
	return nil
}

// keepsInvoker refuses to give a view its owner's eyes again.
func (s *statement) keepsInvoker(rel relation) error {
	for i := rel.to; i < len(s.code); i++ {
		if s.name(i) == "security_invoker" {
			return s.refuse(rel.name, "security_invoker must stay on: without it a view sees the rows of all tenants")
		}
	}
	return nil
}

// renameRelation renames an index with the constraint that stands on it, too.
func (r *Rewriter) renameRelation(from, to string) {
	of, ok := r.Model.Relations[from]
	if !ok {
		return
	}
	delete(r.Model.Relations, from)
	r.Model.Relations[to] = of
	if t := r.Model.Tables[of.Of]; t != nil {
		if key, ok := t.Keys[from]; ok {
			delete(t.Keys, from)
			t.Keys[to] = key
		}
	}
}
