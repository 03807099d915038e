package ddl

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// createFunction refuses functions that see more than who calls them, and notes how
// volatile one is, at most, under its name. Its body stays as it is.
func (r *Rewriter) createFunction(s *statement, i int) error {
	rel, err := r.fresh(s, i)
	if err != nil {
		return err
	}
	if err := s.functionOptions(rel.name); err != nil {
		return err
	}
	if err := s.functionBody(rel.name); err != nil {
		return err
	}
	if err := r.readsNothing(s, rel.name); err != nil {
		return err
	}
	r.Model.Functions[rel.name] = max(r.Model.Functions[rel.name], s.volatility())
	delete(r.Model.Plain, rel.name)
	if s.plain() {
		r.Model.Plain[rel.name] = true
	}
	return nil
}

// alterFunction refuses the same, and follows names and volatility.
func (r *Rewriter) alterFunction(s *statement) error {
	rel, err := s.relation(2)
	if err != nil {
		return err
	}
	if err := s.stays(rel.name); err != nil {
		return err
	}
	at := s.top(rel.to, "RENAME", "TO")
	if v, ok := r.Model.Functions[rel.name]; ok && at >= 0 {
		r.Model.renameFunction(rel.name, s.name(at+2), v)
	} else if ok && s.has1(rel.to, len(s.code), "IMMUTABLE", "STABLE", "VOLATILE") {
		r.Model.Functions[rel.name] = s.volatility()
	}
	return s.functionOptions(rel.name)
}

// functionOptions reads what stands outside of the body.
func (s *statement) functionOptions(name string) error {
	if at := s.top(0, "SECURITY", "DEFINER"); at >= 0 {
		return s.refuse(name, "SECURITY DEFINER runs as the migrator, who sees the rows of all tenants: leave it out, and grant what callers need")
	}
	if at := s.top(0, "LEAKPROOF"); at >= 0 && !s.at(at-1, "NOT") {
		return s.refuse(name, "a LEAKPROOF function is shown rows before the policy has looked at them: leave it out")
	}
	for i := s.top(0, "SET"); i >= 0; i = s.top(i+1, "SET") {
		if decides(s.name(i + 1)) {
			return s.refuse(name, "SET %s decides whose rows are seen: leave it out", s.code[i+1].Text)
		}
	}
	return nil
}

// functionBody refuses what would fail, or do harm, each time it is run.
func (s *statement) functionBody(name string) error {
	for _, b := range s.withBodies() {
		if b.has(0, len(b.code), "ON", "CONFLICT", "(") {
			return s.refuse(name, "ON CONFLICT (columns) finds no key without the tenant: say ON CONFLICT ON CONSTRAINT and the key's name")
		}
		if b.has1(0, len(b.code), "TRUNCATE") && !s.has(0, len(s.code), "TRUNCATE") {
			return s.refuse(name, "%s", refusal("truncate"))
		}
	}
	return nil
}

// withBodies returns the statement and those of its bodies that are strings.
func (s *statement) withBodies() []*statement {
	all := []*statement{s}
	for _, b := range s.bodies() {
		all = append(all, read(b))
	}
	return all
}

// bodies returns what strings hold that are the bodies of functions.
func (s *statement) bodies() (out []string) {
	for i, t := range s.code {
		switch {
		case t.Kind != sqllex.String:
		case t.Text[0] == '$':
			tag := strings.IndexByte(t.Text[1:], '$') + 2
			out = append(out, t.Text[tag:len(t.Text)-tag])
		case i > 0 && s.at(i-1, "AS") && t.Text[0] == '\'':
			out = append(out, strings.ReplaceAll(t.Text[1:len(t.Text)-1], "''", "'"))
		case i > 0 && s.at(i-1, "AS"):
			out = append(out, t.Text[1:])
		}
	}
	return out
}

func (s *statement) volatility() string {
	switch {
	case s.top(0, "IMMUTABLE") >= 0:
		return "i"
	case s.top(0, "STABLE") >= 0:
		return "s"
	}
	return "v"
}

// calls returns a function of the migrations that is called in p, as f(row) or row.f,
// and may read or change rows: one that is not IMMUTABLE.
func (r *Rewriter) calls(s *statement, p part) string {
	for i := p.from; i < p.to; i++ {
		name := s.name(i)
		if v, ok := r.Model.Functions[name]; ok && v != "i" && (s.at(i+1, "(") || s.at(i-1, ".")) {
			return name
		}
	}
	return ""
}

// writes reports whether a WITH has a part that changes rows.
func (s *statement) writes() bool {
	return slices.ContainsFunc([]string{"INSERT", "UPDATE", "DELETE", "MERGE"}, func(w string) bool { return s.has(0, len(s.code), "(", w) || s.top(0, w) >= 0 })
}
