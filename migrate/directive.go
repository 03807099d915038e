package migrate

import (
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
	case name == "each-tenant" && arg == "", name == "engine" && arg != "":
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
