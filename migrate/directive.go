package migrate

import (
	"slices"
	"strconv"
	"strings"
)

// directive reads a line "-- +rowhouse …"; other lines mean nothing.
func (m *Migration) directive(line string, n int) error {
	text, is := annotation(line, "+rowhouse")
	if !is {
		return nil
	}
	name, arg, _ := strings.Cut(text, " ")
	switch {
	case name == "after":
		return m.after(arg, n)
	case name == "engine" && !slices.Contains(engines(), arg):
		return m.fault(n, "+rowhouse engine needs one of "+strings.Join(engines(), ", "))
	case name == "each-tenant" && arg == "", name == "engine":
		m.Notes = append(m.Notes, Directive{Name: name, Arg: arg, Line: n})
		return nil
	}
	return m.fault(n, "+rowhouse "+text+" is unknown: use after SCOPE/VERSION, each-tenant or engine NAME")
}

// after reads "shared/0006" or "tenant/0006_any_name".
func (m *Migration) after(arg string, n int) error {
	scope, rest, _ := strings.Cut(arg, "/")
	digits, _, _ := strings.Cut(rest, "_")
	version, err := strconv.ParseInt(digits, 10, 64)
	ref := Ref{Scope(scope), version}
	switch {
	case err != nil || version < 1 || ref.Scope != Shared && ref.Scope != Tenant:
		return m.fault(n, "+rowhouse after needs a migration such as shared/0006 or tenant/0006")
	case ref.Scope == m.Scope:
		return m.fault(n, "+rowhouse after names its own scope: versions order a scope already; name one of the other scope")
	}
	m.After = append(m.After, ref)
	return nil
}

// postgres is the engine that needs no name elsewhere; anyEngine ends what a line for
// one engine began.
const (
	postgres  = "postgres"
	sqlite    = "sqlite"
	anyEngine = "any"
)

func engines() []string { return []string{postgres, sqlite, anyEngine} }

// forEngine returns the statements that an engine runs.
func forEngine(part []Statement, engine string) []Statement {
	return slices.DeleteFunc(slices.Clone(part), func(s Statement) bool { return s.Engine != "" && s.Engine != engine })
}

// selectEngines writes into statements which engine they are for: what the last line
// "+rowhouse engine" before them in their part says, or before all parts.
func selectEngines(part []Statement, head, text string) {
	type change struct {
		line   int
		engine string
	}
	changes := []change{{0, ""}}
	for _, lines := range []string{head, text} {
		for i, line := range strings.Split(lines, "\n") {
			if words, is := annotation(line, "+rowhouse"); is && strings.HasPrefix(words, "engine ") {
				changes = append(changes, change{i + 1, strings.TrimPrefix(words[len("engine "):], anyEngine)})
			}
		}
	}
	for i := range part {
		for _, c := range changes {
			if c.line < part[i].Line {
				part[i].Engine = c.engine
			}
		}
	}
}
