package migrate

import (
	"fmt"
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// TwinError is a table or view that both scopes make. Whoever forgets the tenant
// would silently read or write the shared one.
type TwinError struct {
	Name           string
	Shared, Tenant string // the migrations that make it
}

func (e *TwinError) Error() string {
	return fmt.Sprintf("%s and %s both make %q: rename one, or allow it with schemas.both", e.Shared, e.Tenant, e.Name)
}

// twins refuses a name that exists in both scopes once all migrations are applied,
// unless it is allowed. It sees what statements of the first level spell; what a
// DO block or a Go migration makes is found by doctor.
func twins(shared, tenants Source, allowed []string, sharedSchema string) error {
	inShared, inTenant := relations(shared, sharedSchema), relations(tenants, sqllex.Placeholder)
	for _, m := range tenants {
		for name, maker := range inTenant {
			if other := inShared[name]; maker == m && other != nil && !slices.Contains(allowed, name) {
				return &TwinError{Name: name, Shared: other.String(), Tenant: m.String()}
			}
		}
	}
	return nil
}

// relations follows tables and views through a history and returns those that are
// left, with the migrations that made them. home is the schema that may stand
// before their names.
func relations(s Source, home string) map[string]*Migration {
	left := map[string]*Migration{}
	for _, m := range s {
		for _, statement := range m.Up {
			follow(left, m, codeOf(statement.SQL), home)
		}
	}
	return left
}

func follow(left map[string]*Migration, m *Migration, code []sqllex.Token, home string) {
	verb := code[0].Name()
	if verb != "create" && verb != "drop" && verb != "alter" {
		return
	}
	names, rest := relationNames(code, home)
	for _, name := range names {
		switch {
		case verb == "create":
			left[name] = m
		case verb == "drop":
			delete(left, name)
		case at(rest, 0, "RENAME") && at(rest, 1, "TO") && len(rest) > 2 && left[name] != nil:
			delete(left, name)
			left[rest[2].Name()] = m
		}
	}
}

// relationNames returns the relations that a CREATE, DROP or ALTER statement names,
// and what follows the last one.
func relationNames(code []sqllex.Token, home string) (names []string, rest []sqllex.Token) {
	i := 1
	for i < len(code) && (code[i].Is("OR") || code[i].Is("REPLACE") || code[i].Is("UNLOGGED") || code[i].Is("MATERIALIZED") ||
		code[i].Is("FOREIGN") || code[i].Is("RECURSIVE")) {
		i++
	}
	if !at(code, i, "TABLE") && !at(code, i, "VIEW") {
		return nil, nil
	}
	for i++; i < len(code) && (code[i].Is("IF") || code[i].Is("NOT") || code[i].Is("EXISTS") || code[i].Is("ONLY")); {
		i++
	}
	for i < len(code) {
		schema, name, next := qualified(code, i)
		if schema == "" || schema == home {
			names = append(names, name)
		}
		if i = next; i >= len(code) || code[i].Text != "," {
			break
		}
		i++
	}
	return names, code[min(i, len(code)):]
}

// qualified reads name or schema.name.
func qualified(code []sqllex.Token, i int) (schema, name string, next int) {
	if i+2 < len(code) && code[i+1].Text == "." {
		return code[i].Name(), code[i+2].Name(), i + 3
	}
	return "", code[i].Name(), i + 1
}
