package ddl

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// Rewriter rewrites migrations, statement by statement, in their order. It puts a new
// Model in the place of the one that it was given, and leaves that one as it was: what
// a migration would become can be asked for before it is run.
type Rewriter struct {
	Schema string // of the tenant tables; names without a schema are looked up there first
	Model  *Model // what exists before the next statement
}

// Rewrite returns what to run, once, in the place of one statement of a migration,
// and notes in the model what that will have made. A statement that needs no change
// is returned as it was written. A [RefusedError] leaves the model as it was.
func (r *Rewriter) Rewrite(sql string) ([]string, error) {
	return r.run(sql, (*Rewriter).once)
}

// EachTenant returns what to run for every tenant in the place of a statement that
// is marked so: INSERT, UPDATE, DELETE, MERGE, SELECT, DO or CALL.
func (r *Rewriter) EachTenant(sql string) ([]string, error) {
	return r.run(sql, (*Rewriter).eachTenant)
}

func (r *Rewriter) run(sql string, rewrite func(*Rewriter, *statement) ([]string, error)) ([]string, error) {
	s := read(sql)
	if len(s.code) == 0 {
		return []string{sql}, nil
	}
	if err := s.whole(); err != nil {
		return nil, err
	}
	next := &Rewriter{Schema: r.Schema, Model: r.Model.clone()}
	more, err := rewrite(next, s)
	if err != nil {
		return nil, err
	}
	if err := s.behindNothing(r.Model, next.Model); err != nil {
		return nil, err
	}
	more = append(more, next.lead(r.Model)...)
	r.Model = next.Model
	return append([]string{s.String()}, more...), nil
}

// whole refuses what is not one whole statement: its text could not be edited safely.
func (s *statement) whole() error {
	depth := 0
	for _, t := range s.code {
		switch {
		case t.Open:
			return s.refuse("", "a string or quoted name is not closed")
		case t.Kind == sqllex.Quoted && t.Text[0] != '"':
			return s.refuse(t.Text, "escaped names are not read: write the characters themselves in double quotes")
		case t.Name() == Column:
			return s.refuse(Column, "the name is reserved: the row level adds this column to every table; choose another name, or let the default fill it")
		case t.Text == "(" || t.Text == "[":
			depth++
		case t.Text == ")" || t.Text == "]":
			depth--
		case t.Text == ";" && depth == 0 && !s.atomic():
			return s.refuse("", "more than one statement: send them one by one")
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 {
		return s.refuse("", "parentheses do not match")
	}
	return nil
}

// atomic reports whether the statement has a body of statements that is not a string.
func (s *statement) atomic() bool { return s.has(0, len(s.code), "BEGIN", "ATOMIC") }

// once rewrites a statement that runs once for all tenants. It returns what is to
// run after the statement.
func (r *Rewriter) once(s *statement) ([]string, error) {
	switch verb := s.name(0); verb {
	case "create":
		return r.create(s)
	case "alter":
		return r.alter(s)
	case "drop":
		return nil, r.drop(s)
	case "grant":
		return nil, s.grant(0)
	case "update", "delete":
		return nil, r.rowwise(s)
	case "select", "values", "table", "with":
		return nil, r.query(s)
	case "set", "reset":
		return nil, s.set()
	case "comment", "revoke", "security", "analyze", "vacuum", "reindex", "cluster", "lock", "show",
		"savepoint", "release", "rollback", "notify", "checkpoint":
		return nil, nil
	default:
		return nil, s.refuse("", "%s", refusal(verb))
	}
}

// refusal says why a statement with this verb cannot run once for all tenants.
func refusal(verb string) string {
	switch verb {
	case "insert", "merge", "do", "call":
		return "has no tenant: mark the file with -- +rowhouse each-tenant, and it runs once for each"
	case "truncate":
		return "TRUNCATE does not know row security and would empty the tables of all tenants: use DELETE in a file marked -- +rowhouse each-tenant"
	case "copy":
		return "COPY does not know whose the rows are: use INSERT in a file marked -- +rowhouse each-tenant"
	case "refresh":
		return "a materialized view would hold the rows of all tenants without a policy: use a view"
	default:
		return "this statement is not known to the row level: put it into a shared migration, or a Go migration"
	}
}

// set refuses what would change whose rows are seen.
func (s *statement) set() error {
	for i := range s.code {
		if decides(s.name(i)) {
			return s.refuse("", "decides whose rows are seen: remove it")
		}
	}
	return nil
}

// setConfig refuses the same in a call.
func (s *statement) setConfig() error {
	for i := range s.code {
		if s.name(i) == "set_config" && s.at(i+1, "(") && i+2 < len(s.code) && decides(strings.Trim(s.code[i+2].Text, "'")) {
			return s.refuse("set_config", "decides whose rows are seen: remove it")
		}
	}
	return nil
}

// decides reports whether a setting, or the first part of its name, says whose rows
// are seen.
func decides(setting string) bool {
	return setting == "row_security" || setting == "role" || strings.HasPrefix(setting, "rowhouse")
}
