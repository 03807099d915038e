package ddl

// eachTenantHint ends the reasons of statements that would do right for each tenant.
const eachTenantHint = "mark the file with -- +rowhouse each-tenant, and it runs once for each"

// rowwise lets an UPDATE or DELETE through that looks at one row at a time: run once, it
// does for every tenant's rows what it would do for one tenant's. What looks at other
// rows would mix tenants.
func (r *Rewriter) rowwise(s *statement) error {
	i := 1
	if s.at(i, "FROM") {
		i++
	}
	if s.at(i, "ONLY") {
		i++
	}
	rel, err := s.relation(i)
	if err != nil {
		return err
	}
	if r.table(rel) == nil {
		return s.refuse(rel.name, "%s", notOurs)
	}
	if code := r.Model.fires(rel.name, s.at(0, "DELETE")); code != "" {
		return s.refuse(rel.name, "the %s would run without a tenant: %s", code, eachTenantHint)
	}
	if s.has1(0, len(s.code), "SELECT", "USING", "TABLE") || s.joins(rel.to) {
		return s.refuse(rel.name, "looks at other rows, which may be another tenant's: %s", eachTenantHint)
	}
	if err := r.withDefaults(s, rel); err != nil {
		return err
	}
	if f := r.calls(s, part{0, len(s.code)}); f != "" {
		return s.refuse(rel.name, "calls %s, which may look at other tenants' rows: %s", f, eachTenantHint)
	}
	return nil
}

// joins reports whether FROM names more tables, and is not that of IS DISTINCT FROM.
func (s *statement) joins(i int) bool {
	for i = s.top(i, "FROM"); i > 0 && s.at(i-1, "DISTINCT"); {
		i = s.top(i+1, "FROM")
	}
	return i >= 0
}

// query lets a read through, such as SELECT setval(…, (SELECT max(id) …)), which is
// right for a sequence that all tenants share.
func (r *Rewriter) query(s *statement) error {
	if s.top(0, "INTO") >= 0 {
		return s.refuse("", "SELECT INTO would make a table with the rows of all tenants: CREATE TABLE, then INSERT … SELECT in a file marked -- +rowhouse each-tenant")
	}
	if s.at(0, "WITH") && s.writes() {
		return s.refuse("", "changes rows of all tenants at once: %s", eachTenantHint)
	}
	if err := s.setConfig(); err != nil {
		return err
	}
	if f := r.calls(s, part{0, len(s.code)}); f != "" {
		return s.refuse("", "calls %s without a tenant: %s", f, eachTenantHint)
	}
	return nil
}

// eachTenant rewrites a statement that runs as one tenant after the other.
func (r *Rewriter) eachTenant(s *statement) ([]string, error) {
	switch s.name(0) {
	case "insert", "update", "delete", "merge", "select", "with", "values", "table":
		return nil, r.tenantRows(s)
	case "do", "call":
		return nil, s.functionBody(s.head())
	default:
		return nil, s.refuse("", "is not for each tenant, because they share the tables: move it to a file without -- +rowhouse each-tenant")
	}
}

// tenantRows refuses what reaches beyond the tenant, and repairs what only misses a key.
func (r *Rewriter) tenantRows(s *statement) error {
	for i := range s.code {
		switch {
		case s.name(i) == "setval" && s.at(i+1, "("):
			return s.refuse("setval", "all tenants share the sequence, and this would set it back for others: let ids come from their default")
		case s.at(i, "INSERT", "INTO"):
			if err := r.insert(s, i+2); err != nil {
				return err
			}
		}
	}
	if s.at(0, "SELECT") && s.top(0, "INTO") >= 0 {
		return s.refuse("", "SELECT INTO makes a table: CREATE TABLE in a file of its own, then INSERT … SELECT here")
	}
	return s.setConfig()
}
