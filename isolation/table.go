package isolation

import (
	"fmt"
	"strings"
)

// Named is one capability with what it is called in the documentation.
type Named struct {
	Name string
	Capability
}

// All returns the capabilities in the order of the documentation.
func (c Capabilities) All() []Named {
	return []Named{
		{"Transactions, savepoints, isolation levels", c.Transactions},
		{"`COPY FROM` through the door", c.CopyFrom},
		{"Prepared statements", c.Prepared},
		{"Plain reads of shared tables", c.SharedTables},
		{"Foreign keys to shared tables", c.SharedKeys},
		{"One transaction across tenants", c.Across},
		{"Migrations tenant by tenant", c.OwnMigrations},
		{"Writers with a stale registry are stopped", c.Fence},
		{"Read-only enforced by the database", c.ReadOnly},
		{"Deletion can be undone until it is purged", c.Restore},
		{"`ON CONFLICT (columns)`", c.ConflictColumns},
		{"`GROUP BY` a key alone", c.GroupByKey},
		{"`TRUNCATE`", c.Truncate},
		{"Materialized views", c.Materialized},
	}
}

// Table returns what levels can do as a Markdown table.
func Table(levels ...Level) string {
	var b strings.Builder
	b.WriteString("| |")
	for _, l := range levels {
		fmt.Fprintf(&b, " %s |", title(l))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(levels)) + "\n")
	for i, row := range (Capabilities{}).All() {
		fmt.Fprintf(&b, "| %s |", row.Name)
		for _, l := range levels {
			fmt.Fprintf(&b, " %s |", l.Capabilities().All()[i].cell())
		}
		b.WriteString("\n")
	}
	return b.String()
}

// title is what a level is called where another one has the same name, on another engine.
func title(l Level) string {
	if t, ok := l.(interface{ Title() string }); ok {
		return t.Title()
	}
	return string(l.Name())
}

func (c Capability) cell() string {
	switch {
	case c.Supported && c.Reason == "":
		return "yes"
	case c.Supported:
		return "yes: " + c.Reason
	}
	return "no: " + c.Reason
}
