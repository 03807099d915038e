package ddl

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Model is what is known to exist in the schema of the tenant tables. It is plain
// data: [ReadModel] makes one of a database's, and rewriting keeps it up to date.
type Model struct {
	Tables     map[string]*Table   `json:"tables"`
	Relations  map[string]Relation `json:"relations"`  // views, indexes, sequences: the names that are taken
	Functions  map[string]string   `json:"functions"`  // the volatility: i, s or v
	Extensions []string            `json:"extensions"` // of the database
}

// Table is a tenant table.
type Table struct {
	Columns  []string       `json:"columns"` // in their order, the tenant's own included
	Keys     map[string]Key `json:"keys"`    // constraints by name
	Triggers []string       `json:"triggers"`
	Parent   string         `json:"parent"` // that it is a partition of, or ""
}

// Key is a constraint.
type Key struct {
	Kind    string   `json:"kind"`    // p, u, x, f or c, as in pg_constraint
	Columns []string `json:"columns"` // without the tenant's
	Table   string   `json:"table"`   // that a foreign key refers to, where it is a tenant table
	Refers  []string `json:"refers"`  // to these columns of it
}

// Relation is what has a name beside the tables.
type Relation struct {
	Kind string   `json:"kind"` // v, i, S, c, as in pg_class
	Of   string   `json:"of"`   // the table that an index is on
	Uses []string `json:"uses"` // the columns that an index needs
}

// NewModel returns a model in which nothing exists.
func NewModel() *Model {
	return &Model{Tables: map[string]*Table{}, Relations: map[string]Relation{}, Functions: map[string]string{}}
}

// ReadModel reads what the query of [Catalog] returned.
func ReadModel(data []byte) (*Model, error) {
	m := NewModel()
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("read the model of the tenant tables: %w", err)
	}
	return m, nil
}

// clone returns a copy that shares nothing with m.
func (m *Model) clone() *Model {
	c := &Model{
		Tables: make(map[string]*Table, len(m.Tables)), Relations: maps.Clone(m.Relations),
		Functions: maps.Clone(m.Functions), Extensions: slices.Clone(m.Extensions),
	}
	for name, t := range m.Tables {
		c.Tables[name] = t.clone()
	}
	return c
}

func (t *Table) clone() *Table {
	c := *t
	c.Columns, c.Keys, c.Triggers = slices.Clone(t.Columns), maps.Clone(t.Keys), slices.Clone(t.Triggers)
	return &c
}

// taken reports whether a relation has this name.
func (m *Model) taken(name string) bool {
	_, relation := m.Relations[name]
	return relation || m.Tables[name] != nil
}

// fires returns a trigger that runs when rows of a table are changed or, with the rows
// that refer to them, deleted.
func (m *Model) fires(table string, deleted bool) string {
	seen, next := map[string]bool{}, []string{table}
	for len(next) > 0 {
		table, next = next[0], next[1:]
		if seen[table] || m.Tables[table] == nil {
			continue
		}
		seen[table] = true
		if t := m.Tables[table]; len(t.Triggers) > 0 {
			return t.Triggers[0]
		}
		if deleted {
			next = append(next, m.referring(table)...)
		}
	}
	return ""
}

// referring returns the tables with a foreign key to this one, in order.
func (m *Model) referring(table string) (names []string) {
	for name, t := range m.Tables {
		for _, k := range t.Keys {
			if k.Table == table {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// constrained reports whether any table's constraint has this name.
func (m *Model) constrained(name string) bool {
	for _, t := range m.Tables {
		if _, ok := t.Keys[name]; ok {
			return true
		}
	}
	return false
}

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
		m.dropReferences(table, func(refers []string) bool { return slices.Equal(refers, key.Columns) })
	}
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

// renameColumn renames a column in the table, in its keys, and in those that refer to it.
func (m *Model) renameColumn(table, from, to string) {
	m.Tables[table].Columns = renamed(m.Tables[table].Columns, from, to)
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
