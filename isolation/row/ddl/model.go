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
