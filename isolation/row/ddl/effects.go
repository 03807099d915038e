package ddl

import (
	"maps"
	"slices"
)

// addKey notes a constraint, and the index that stands behind it.
func (m *Model) addKey(table, name string, k Key) {
	m.Tables[table].Keys[name] = k
	if k.Kind == "p" || k.Kind == "u" || k.Kind == "x" {
		m.Relations[name] = Relation{Kind: "i", Of: table}
	}
}

// dropKey forgets a constraint; with CASCADE go the foreign keys that needed it.
func (m *Model) dropKey(table, name string, cascade bool) {
	key, ok := m.Tables[table].Keys[name]
	if !ok {
		return
	}
	delete(m.Tables[table].Keys, name)
	if m.Relations[name].Of == table {
		delete(m.Relations, name)
	}
	if cascade && (key.Kind == "p" || key.Kind == "u") {
		m.dropReferences(table, func(refers []string) bool { return same(refers, key.Columns) })
	}
}

// same reports whether two lists of columns are equal but for their order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// dropReferences forgets the foreign keys to some columns of a table.
func (m *Model) dropReferences(table string, some func(refers []string) bool) {
	for _, t := range m.Tables {
		maps.DeleteFunc(t.Keys, func(_ string, k Key) bool { return k.Kind == "f" && k.Table == table && some(k.Refers) })
	}
}

// primary returns the columns of a table's primary key, to which a foreign key
// refers that names none.
func (m *Model) primary(table string) []string {
	for _, k := range m.Tables[table].Keys {
		if k.Kind == "p" {
			return k.Columns
		}
	}
	return nil
}

// dropTable forgets a table, its partitions and indexes, and what referred to it.
func (m *Model) dropTable(name string) {
	for partition, t := range m.Tables {
		if t.Parent == name {
			m.dropTable(partition)
		}
	}
	delete(m.Tables, name)
	maps.DeleteFunc(m.Relations, func(_ string, r Relation) bool { return r.Of == name })
	m.dropReferences(name, func([]string) bool { return true })
}

// dropColumn forgets a column and the constraints and indexes that need it.
func (m *Model) dropColumn(table, column string, cascade bool) {
	t := m.Tables[table]
	t.Columns = slices.DeleteFunc(t.Columns, func(c string) bool { return c == column })
	delete(t.Defaults, column)
	for name, k := range t.Keys {
		if slices.Contains(k.Columns, column) {
			m.dropKey(table, name, cascade)
		}
	}
	maps.DeleteFunc(m.Relations, func(_ string, r Relation) bool {
		return r.Of == table && slices.Contains(r.Uses, column)
	})
}

// renameTable gives a table another name; its constraints and indexes keep theirs.
func (m *Model) renameTable(from, to string) {
	m.Tables[to] = m.Tables[from]
	delete(m.Tables, from)
	for name, r := range m.Relations {
		if r.Of == from {
			r.Of = to
			m.Relations[name] = r
		}
	}
	for _, t := range m.Tables {
		if t.Parent == from {
			t.Parent = to
		}
		for name, k := range t.Keys {
			if k.Table == from {
				k.Table = to
				t.Keys[name] = k
			}
		}
	}
}

func (m *Model) dropFunction(name string) {
	delete(m.Functions, name)
	delete(m.Plain, name)
}

// renameFunction gives a function of a volatility another name, also where triggers
// call it.
func (m *Model) renameFunction(from, to, volatility string) {
	m.Functions[to] = volatility
	if m.Plain[from] {
		m.Plain[to] = true
	}
	m.dropFunction(from)
	for _, t := range m.Tables {
		for i := range t.Triggers {
			if t.Triggers[i].Function == from {
				t.Triggers[i].Function = to
			}
		}
	}
}

// renameColumn renames a column in the table, in its keys, and in those that refer to it.
func (m *Model) renameColumn(table, from, to string) {
	t := m.Tables[table]
	t.Columns = renamed(t.Columns, from, to)
	if f, ok := t.Defaults[from]; ok {
		delete(t.Defaults, from)
		t.Defaults[to] = f
	}
	for i := range t.Triggers {
		t.Triggers[i].Of = renamed(t.Triggers[i].Of, from, to)
	}
	for other, t := range m.Tables {
		for name, k := range t.Keys {
			if other == table {
				k.Columns = renamed(k.Columns, from, to)
			}
			if k.Table == table {
				k.Refers = renamed(k.Refers, from, to)
			}
			t.Keys[name] = k
		}
	}
	for name, r := range m.Relations {
		if r.Of == table {
			r.Uses = renamed(r.Uses, from, to)
			m.Relations[name] = r
		}
	}
}

func renamed(columns []string, from, to string) []string {
	columns = slices.Clone(columns)
	if i := slices.Index(columns, from); i >= 0 {
		columns[i] = to
	}
	return columns
}
