package ddl

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// PostgreSQL runs ON DELETE CASCADE and its kin as the table's owner, with FORCE ROW
// LEVEL SECURITY suspended: code that they set off sees and changes everybody's rows.

// exposure is code that a foreign key's action would run.
type exposure struct{ table, code, key string }

// exposed returns all such code in the order of the tables.
func (m *Model) exposed() (out []exposure) {
	for _, name := range sorted(m.Tables) {
		family := m.family(name)
		for _, owner := range family {
			keys := m.Tables[owner].Keys
			for _, key := range sorted(keys) {
				for _, code := range m.behind(keys[key], family) {
					out = append(out, exposure{name, code, key})
				}
			}
		}
	}
	return out
}

// family is a table and those that it is a partition of: what these have, it has.
func (m *Model) family(table string) (names []string) {
	for m.Tables[table] != nil && !slices.Contains(names, table) {
		names = append(names, table)
		table = m.Tables[table].Parent
	}
	return names
}

// behind returns the code of the tables that an action of the key would run.
func (m *Model) behind(k Key, tables []string) (out []string) {
	if k.Kind != "f" {
		return nil
	}
	for _, name := range tables {
		t := m.Tables[name]
		for _, trigger := range t.Triggers {
			if k.sets(trigger) && m.Functions[trigger.Function] != "" && !m.Plain[trigger.Function] {
				out = append(out, "the trigger "+trigger.Name)
			}
		}
		for _, check := range sorted(t.Keys) {
			if k.updates() && t.Keys[check].Calls != "" {
				out = append(out, "the CHECK "+check)
			}
		}
		for _, column := range k.Columns {
			if k.Delete == "d" && t.Defaults[column] != "" {
				out = append(out, "the default of "+column)
			}
		}
	}
	return out
}

// updates reports whether the key changes rows that refer to another.
func (k Key) updates() bool {
	return k.Delete == "n" || k.Delete == "d" || k.Update == "c" || k.Update == "n" || k.Update == "d"
}

// sets reports whether the key's actions set the trigger off.
func (k Key) sets(t Trigger) bool {
	named := func(c string) bool { return slices.Contains(k.Columns, c) }
	return k.Delete == "c" && t.Delete || k.updates() && t.Update && (len(t.Of) == 0 || slices.ContainsFunc(t.Of, named))
}

// behindNothing refuses a statement after which a foreign key's action would run code
// that it did not run before.
func (s *statement) behindNothing(before, after *Model) error {
	known := before.exposed()
	for _, e := range after.exposed() {
		if !slices.Contains(known, e) {
			return s.refuse(e.table, "%s would run behind the foreign key %s as the tables' owner, who sees the rows of all tenants: "+
				"leave ON DELETE and ON UPDATE of the key out, and change the rows in the application or a trigger of the table that it refers to", e.code, e.key)
		}
	}
	return nil
}

// assigning is the body of a trigger's function that only assigns values and fields to
// fields. It reads the same to Go and to PostgreSQL. What names the tenant's column
// would give the row away, and is not [plain].
const assigning = `^\s*begin(\s+new\.[a-z0-9_]+\s*:?=\s*` + assigned + `\s*;)+\s*return\s+new\s*;\s*end\s*;?\s*$`

const assigned = `((now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\s*\)|current_timestamp|current_date` +
	`|true|false|null|[0-9]+|\x27[^\x27]*\x27|(new|old)\.[a-z0-9_]+(\s*[+]\s*[0-9]+)?)`

// plain reports whether the statement makes a trigger's function that does no more
// than assign, and leaves the tenant alone.
func (s *statement) plain() bool {
	if !s.has(0, len(s.code), "RETURNS", "TRIGGER") || !s.has(0, len(s.code), "LANGUAGE", "plpgsql") {
		return false
	}
	body := regexp.MustCompile("(?i)" + assigning)
	return slices.ContainsFunc(s.bodies(), func(b string) bool {
		return body.MatchString(b) && !strings.Contains(strings.ToLower(b), Column)
	})
}

// sorted returns the names in their order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
