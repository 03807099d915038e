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
	Plain      map[string]bool     `json:"plain"`      // functions of triggers that only assign fields
	Extensions []string            `json:"extensions"` // of the database
}

// Table is a tenant table.
type Table struct {
	Columns  []string          `json:"columns"`  // in their order, the tenant's own included
	Defaults map[string]string `json:"defaults"` // by column the function of the migrations that its default calls
	Keys     map[string]Key    `json:"keys"`     // constraints by name
	Triggers []Trigger         `json:"triggers"`
	Parent   string            `json:"parent"` // that it is a partition of, or ""
}

// Trigger is a trigger of a table.
type Trigger struct {
	Name     string   `json:"name"`
	Function string   `json:"function"` // among the tenants' tables, or "" where it is another schema's
	Delete   bool     `json:"delete"`   // it fires when rows are deleted,
	Update   bool     `json:"update"`   // or updated,
	Of       []string `json:"of"`       // and of these columns one is, if any are named
}

// Key is a constraint.
type Key struct {
	Kind    string   `json:"kind"`    // p, u, x, f or c, as in pg_constraint
	Columns []string `json:"columns"` // without the tenant's
	Table   string   `json:"table"`   // that a foreign key refers to, where it is a tenant table
	Refers  []string `json:"refers"`  // to these columns of it
	Calls   string   `json:"calls"`   // the function of the migrations that a CHECK calls
	Delete  string   `json:"delete"`  // what a foreign key does when the other row is deleted: c, n or d act here,
	Update  string   `json:"update"`  // or updated, as in pg_constraint
}

// Relation is what has a name beside the tables.
type Relation struct {
	Kind string   `json:"kind"` // v, i, S, c, as in pg_class
	Of   string   `json:"of"`   // the table that an index is on
	Uses []string `json:"uses"` // the columns that an index needs
	Lone bool     `json:"lone"` // an index of the tenant's column alone
}

// NewModel returns a model in which nothing exists.
func NewModel() *Model {
	return &Model{
		Tables: map[string]*Table{}, Relations: map[string]Relation{},
		Functions: map[string]string{}, Plain: map[string]bool{},
	}
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
		Functions: maps.Clone(m.Functions), Plain: maps.Clone(m.Plain), Extensions: slices.Clone(m.Extensions),
	}
	for name, t := range m.Tables {
		c.Tables[name] = t.clone()
	}
	return c
}

func (t *Table) clone() *Table {
	c := *t
	c.Columns, c.Defaults = slices.Clone(t.Columns), maps.Clone(t.Defaults)
	c.Keys, c.Triggers = maps.Clone(t.Keys), slices.Clone(t.Triggers)
	return &c
}

// taken reports whether a relation has this name.
func (m *Model) taken(name string) bool {
	_, relation := m.Relations[name]
	return relation || m.Tables[name] != nil
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
