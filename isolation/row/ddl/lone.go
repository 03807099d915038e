package ddl

import "github.com/rowhouse-go/rowhouse/internal/ident"

// lead gives tables that are new without a key, or have lost the last, an index of the
// tenant's column, so that a read under the policy does not pass through everybody's
// rows; and takes it from those that have got a key. A partition follows its parent.
func (r *Rewriter) lead(before *Model) (more []string) {
	for _, name := range sorted(r.Model.Tables) {
		t, was := r.Model.Tables[name], before.Tables[name]
		if t.Parent != "" || was != nil && was.keyed() == t.keyed() {
			continue
		}
		lone := r.Model.lone(name)
		switch {
		case !t.keyed() && lone == "":
			more = append(more, r.Model.addLone(name))
		case t.keyed() && lone != "":
			delete(r.Model.Relations, lone)
			more = append(more, "DROP INDEX "+ident.Quote(lone))
		}
	}
	return more
}

// keyed reports whether the table has a key, which the tenant's column leads.
func (t *Table) keyed() bool {
	for _, k := range t.Keys {
		if k.Kind == "p" || k.Kind == "u" {
			return true
		}
	}
	return false
}

// lone returns the index of a table that is the tenant's column alone, or "".
func (m *Model) lone(table string) string {
	for _, name := range sorted(m.Relations) {
		if r := m.Relations[name]; r.Lone && r.Of == table {
			return name
		}
	}
	return ""
}

// addLone names that index as no migration's would be named.
func (m *Model) addLone(table string) string {
	name := choose(table, []string{"rowhouse"}, "tenant", m.taken)
	m.Relations[name] = Relation{Kind: "i", Of: table, Lone: true}
	return "CREATE INDEX IF NOT EXISTS " + ident.Quote(name) + " ON " + ident.Quote(table) + " (" + Column + ")"
}
