package ddl

// hidesNothing refuses operators, casts, aggregates and domains that call a function of
// the migrations which may read rows: no statement that uses them names it, so nobody
// would see that it looks at the rows of all tenants.
func (r *Rewriter) hidesNothing(s *statement) error {
	for i := 2; i < len(s.code); i++ {
		name := s.name(i)
		if v, ok := r.Model.Functions[name]; ok && v != "i" && (s.at(i+1, "(") || !s.at(1, "DOMAIN")) {
			return s.refuse("", "hides a call of %s, which may look at other tenants' rows: call it by its name, in a column's default, a CHECK or a trigger, or make it IMMUTABLE if it reads no table", name)
		}
	}
	return nil
}

// readsNothing refuses a function that says it is IMMUTABLE and names a tenant's table:
// its result becomes part of plans that all tenants share.
func (r *Rewriter) readsNothing(s *statement, name string) error {
	if s.volatility() != "i" {
		return nil
	}
	for _, b := range s.withBodies() {
		if read := r.reads(b); read != "" {
			return s.refuse(name, "is IMMUTABLE and names %s: what it returns for one tenant could be kept for another; make it STABLE", read)
		}
	}
	return nil
}

// reads returns what the code of a function reads: a tenant's table or view, a function
// that may, or a statement that is only known when it runs.
func (r *Rewriter) reads(s *statement) string {
	listed := false
	for i := range s.code {
		if s.at(i, "EXECUTE") {
			return "EXECUTE"
		}
		listed = listed || s.at(i, "FROM")
		at := i + 1
		for s.at(i, "FROM") && s.at(at, "(") {
			at++
		}
		if !s.oneOf(i, "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "ONLY", "USING") && !(listed && s.at(i, ",")) {
			continue
		}
		if rel, err := s.relation(at); err == nil && r.own(rel) && (r.table(rel) != nil || r.Model.Relations[rel.name].Kind == "v") {
			return rel.name
		}
	}
	return r.calls(s, part{0, len(s.code)})
}

// withDefaults refuses an UPDATE to a default that calls such a function.
func (r *Rewriter) withDefaults(s *statement, rel relation) error {
	if !s.has1(0, len(s.code), "DEFAULT") {
		return nil
	}
	defaults := r.table(rel).Defaults
	for _, column := range sorted(defaults) {
		return s.refuse(rel.name, "the default of %s calls %s, which may look at other tenants' rows: %s", column, defaults[column], eachTenantHint)
	}
	return nil
}

// defaulted notes what a column's default calls, from the DEFAULT at i on, and returns
// where it ends.
func (b *builder) defaulted(column string, i, end int) int {
	to := i + 1
	for to < end && !b.s.oneOf(to, "CONSTRAINT", "NOT", "NULL", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES", "GENERATED") {
		to = b.s.skip(to)
	}
	to = max(to, min(i+2, end)) // DEFAULT NULL
	b.Model.setDefault(b.target, column, b.calls(b.s, part{i, to}))
	return to
}

// setDefault notes that a column's default calls a function, or with "" none.
func (m *Model) setDefault(table, column, function string) {
	t := m.Tables[table]
	delete(t.Defaults, column)
	if function != "" {
		t.Defaults[column] = function
	}
}

// checked notes a CHECK that is in p. One without a name is noted where it calls a
// function, under the name that it will have.
func (b *builder) checked(name string, p part) {
	calls := b.calls(b.s, p)
	if name == "" && calls == "" {
		return
	}
	if name == "" {
		name = b.checkName(p)
	}
	b.Model.addKey(b.target, name, Key{Kind: "c", Calls: calls})
}

// checkName names it after its column, if it is about one.
func (b *builder) checkName(p part) string {
	var columns []string
	for i := p.from; i < p.to; i++ {
		for _, c := range b.Model.Tables[b.target].Columns {
			if b.s.name(i) == c && !b.s.at(i+1, "(") && (len(columns) == 0 || columns[0] != c) {
				columns = append(columns, c)
			}
		}
	}
	if len(columns) != 1 {
		columns = nil
	}
	return choose(b.target, columns, "check", b.Model.constrained)
}
