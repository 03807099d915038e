package ddl

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// insert gives ON CONFLICT (columns) the tenant's column, and names the columns of
// values that have none: the tenant's may stand among them.
func (r *Rewriter) insert(s *statement, i int) error {
	rel, err := s.relation(i)
	if err != nil {
		return err
	}
	t := r.table(rel)
	if t == nil {
		return s.refuse(rel.name, "%s", notOurs)
	}
	at := rel.to
	if s.at(at, "AS") {
		at += 2
	}
	if s.positional(at) {
		if err := s.nameColumns(rel, at, t.Columns); err != nil {
			return err
		}
	}
	for ; at < len(s.code) && !s.at(at, ")"); at = s.skip(at) {
		if s.at(at, "ON", "CONFLICT", "(") {
			s.change(s.after(at+2, Column+", "))
		}
	}
	return nil
}

// positional reports whether an INSERT's values, from i on, have no list of columns.
func (s *statement) positional(i int) bool {
	if s.at(i, "(") {
		return s.oneOf(i+1, "SELECT", "WITH", "VALUES", "TABLE", "(")
	}
	return !s.at(i, "DEFAULT", "VALUES")
}

// nameColumns names the columns of VALUES. A query does not tell how many it has: it
// is let through while the tenant's column is the last.
func (s *statement) nameColumns(rel relation, i int, columns []string) error {
	own := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == Column })
	if !s.at(i, "VALUES", "(") {
		if len(columns) == 0 || columns[len(columns)-1] != Column {
			return s.refuse(rel.name, "INSERT without a list of columns: the tenant's column stands among the others, so name the columns")
		}
		return nil
	}
	values := s.list(i+2, s.skip(i+1)-1)
	if len(values) > len(own) {
		return s.refuse(rel.name, "INSERT has %d values for %d columns", len(values), len(own))
	}
	quoted := make([]string, len(values))
	for n := range values {
		quoted[n] = ident.Quote(own[n])
	}
	s.change(s.before(i, "("+strings.Join(quoted, ", ")+") "))
	return nil
}
