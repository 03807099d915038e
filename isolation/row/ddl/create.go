package ddl

// modifiers stand between CREATE and the kind of what is made.
func modifiers() []string {
	return []string{
		"OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "UNIQUE", "RECURSIVE",
		"CONSTRAINT", "DEFAULT", "TRUSTED", "PROCEDURAL", "EVENT", "FOREIGN", "MATERIALIZED",
	}
}

// create rewrites CREATE statements.
func (r *Rewriter) create(s *statement) ([]string, error) {
	at := 1
	for s.oneOf(at, modifiers()...) {
		at++
	}
	if s.has1(1, at, "TEMP", "TEMPORARY") {
		return nil, s.refuse("", "a temporary table or view has no row security and would mix the rows of tenants: use a subquery in a file marked -- +rowhouse each-tenant")
	}
	if s.has1(1, at, "MATERIALIZED") {
		return nil, s.refuse(s.name(at+1), "%s", refusal("refresh"))
	}
	if s.has1(1, at, "FOREIGN") {
		return nil, s.refuse("", "foreign tables have no row security: make it in a shared migration")
	}
	if s.has1(1, at, "EVENT") {
		return nil, s.refuse("", "an event trigger is not a tenant's: make it in a shared migration")
	}
	return r.createKind(s, at)
}

func (r *Rewriter) createKind(s *statement, at int) ([]string, error) {
	switch s.name(at) {
	case "table":
		return r.createTable(s, at+1)
	case "index":
		return nil, r.createIndex(s, at+1)
	case "view":
		return nil, r.createView(s, at+1)
	case "function", "procedure":
		return nil, r.createFunction(s, at+1)
	case "trigger":
		return nil, r.createTrigger(s)
	case "policy":
		return nil, s.createPolicy(at + 1)
	case "sequence":
		return nil, r.createNamed(s, at+1)
	case "type":
		if s.top(at, "AS", "(") < 0 {
			return nil, nil // only a composite type has a name among the tables'
		}
		return nil, r.createNamed(s, at+1)
	case "extension":
		r.Model.Extensions = append(r.Model.Extensions, s.name(s.ifNotExists(at+1)))
		return nil, nil
	case "domain", "aggregate", "operator", "cast":
		return nil, r.hidesNothing(s)
	case "collation", "statistics", "text", "conversion":
		return nil, nil
	case "rule":
		return nil, s.refuse("", "what a rule does runs with its owner's rights and sees all tenants' rows: use a trigger or a view")
	default:
		return nil, s.refuse("", "%s", refusal(""))
	}
}

// ifNotExists returns where the name is, behind IF NOT EXISTS if that is at i.
func (s *statement) ifNotExists(i int) int {
	if s.at(i, "IF", "NOT", "EXISTS") {
		return i + 3
	}
	return i
}

// ifExists does the same for IF EXISTS.
func (s *statement) ifExists(i int) int {
	if s.at(i, "IF", "EXISTS") {
		return i + 2
	}
	return i
}

// createNamed notes a name that tables and indexes can then not have.
func (r *Rewriter) createNamed(s *statement, i int) error {
	rel, err := r.fresh(s, s.ifNotExists(i))
	if err == nil {
		r.Model.Relations[rel.name] = Relation{Kind: "S"}
	}
	return err
}

// createPolicy lets policies through that take rights away. Permissive ones add up: one
// that says true would open the table to every tenant.
func (s *statement) createPolicy(i int) error {
	if s.name(i) == Policy {
		return s.refuse(Policy, "the name is reserved: choose another one")
	}
	if !s.has(i, len(s.code), "AS", "RESTRICTIVE") {
		return s.refuse(s.name(i), "a permissive policy would widen what a tenant sees: say AS RESTRICTIVE")
	}
	return nil
}
