package ddl

import "slices"

// fires returns what runs code when rows of a table are updated or deleted, itself or
// by way of the rows that refer to them: a trigger, or a CHECK that calls a function.
func (m *Model) fires(table string, deleted bool) string {
	seen, next := map[string]bool{}, []string{table}
	for len(next) > 0 {
		table, next = next[0], next[1:]
		if seen[table] || m.Tables[table] == nil {
			continue
		}
		seen[table] = true
		if code := m.Tables[table].code(); code != "" {
			return code
		}
		next = append(next, m.referring(table, deleted)...)
	}
	return ""
}

// code returns the first of the table's triggers and CHECKs that call functions.
func (t *Table) code() string {
	if len(t.Triggers) > 0 {
		return "trigger " + t.Triggers[0].Name
	}
	for _, name := range sorted(t.Keys) {
		if t.Keys[name].Calls != "" {
			return "CHECK " + name
		}
	}
	return ""
}

// referring returns the tables with a foreign key to this one, in order: with deleted
// all, else those whose rows follow an update.
func (m *Model) referring(table string, deleted bool) (names []string) {
	for name, t := range m.Tables {
		for _, k := range t.Keys {
			if k.Table == table && (deleted || k.Update == "c") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}
