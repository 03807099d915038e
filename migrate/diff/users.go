package diff

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// users returns how to take away what stands in the way of a type's change, and how to
// put it back: checks, indexes, functions and policies that spell the type, and the
// views of tables that have a column of it.
func (p pair) users(typ string) (drop, restore unit) {
	names := []string{typ}
	for _, o := range p.have.Objects {
		if o.Kind == "column" && usesType(o.Attr("type"), own(typ)) {
			names = append(names, o.Table)
		}
	}
	views := p.viewsOf(names)
	for _, o := range views {
		restore = append(restore, one(creates(o)...)...)
		drop = append(one(drops(o)...), drop...)
	}
	for _, o := range p.have.Objects {
		if spells(o) && mentions(o, typ) && !slices.ContainsFunc(views, func(v catalog.Object) bool { return v.Name == o.Name }) {
			drop = append(drop, one(drops(o)...)...)
			restore = append(restore, one(creates(o)...)...)
		}
	}
	return drop, restore
}

// inTheWay returns how to take away what keeps columns from changing their type: views,
// policies and triggers that use them. The plan makes them again.
func (p pair) inTheWay() (all []unit) {
	gone := map[string]bool{}
	for _, c := range p.changed("column") {
		if !c.differs("type") && !c.differs("collation") {
			continue
		}
		views := p.viewsOf([]string{c.have.Table})
		slices.Reverse(views)
		for _, o := range append(views, p.guards(*c.have)...) {
			if !gone[o.Kind+o.String()] {
				all = append(all, one(drops(o)...))
			}
			gone[o.Kind+o.String()] = true
		}
	}
	return all
}

// guards returns the policies and triggers that use a column.
func (p pair) guards(column catalog.Object) (all []catalog.Object) {
	for _, o := range p.have.Objects {
		if o.Kind != "policy" && o.Kind != "trigger" {
			continue
		}
		if o.Table == column.Table && usesColumn(o, column.Name) || o.Kind == "policy" && mentions(o, column.Table) {
			all = append(all, o)
		}
	}
	return all
}

func usesColumn(o catalog.Object, name string) bool {
	return slices.ContainsFunc(o.Attrs, func(a catalog.Attr) bool {
		for t := range sqllex.Code(a.Value) {
			if t.Name() == name {
				return true
			}
		}
		return false
	})
}

// viewsOf returns the views of these tables and the views of those, in an order in
// which they can be made.
func (p pair) viewsOf(names []string) (views []catalog.Object) {
	known := map[string]bool{}
	for i := 0; i < len(names); i++ {
		for _, o := range p.have.Objects {
			if strings.HasSuffix(o.Kind, "view") && !known[o.Name] && mentions(o, names[i]) {
				known[o.Name] = true
				views, names = append(views, o), append(names, o.Name)
			}
		}
	}
	return views
}

// spells reports whether the object's text may spell a type.
func spells(o catalog.Object) bool {
	return slices.Contains([]string{"constraint", "index", "policy", "function", "procedure", "trigger", "rule"}, o.Kind)
}

// mentions reports whether an object's text has a name of the scope's schema.
func mentions(o catalog.Object, name string) bool {
	for _, a := range o.Attrs {
		for rest := a.Value; ; {
			_, after, ok := strings.Cut(rest, catalog.Placeholder+".")
			if !ok {
				break
			}
			if word, ok := strings.CutPrefix(strings.TrimPrefix(after, `"`), name); ok && (word == "" || !inName(word[0])) {
				return true
			}
			rest = after
		}
	}
	return false
}

func inName(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
