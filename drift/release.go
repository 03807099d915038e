package drift

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// release drops, for a while, what keeps an object from being dropped or changed:
// what refers to it by name. Whatever of it the migrations make is made again.
func (p *planner) release(o catalog.Object) {
	key := o.Kind + "\x00" + o.Table + "\x00" + o.Name
	if p.released[key] {
		return
	}
	p.released[key] = true
	for _, other := range p.order {
		other, ok := p.find(other)
		switch {
		case !ok || !needs(other, o):
		case mayGo(other):
			p.release(other)
			p.regrant(other)
			p.drop(other)
		default:
			p.undefault(other, o)
		}
	}
}

// undefault takes from a column a default that refers to an object; its rows stay.
func (p *planner) undefault(column, to catalog.Object) {
	i, ok := slices.BinarySearchFunc(p.have.Objects, column, func(a, b catalog.Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Name, b.Name))
	})
	value := catalog.Attr{Name: "default", Value: column.Attr("default")}
	if !ok || column.Kind != "column" || column.Attr("inherited") != "" ||
		!needs(catalog.Object{Kind: column.Kind, Attrs: []catalog.Attr{value}}, to) {
		return
	}
	p.add(drops, alterOf(column)+" DROP DEFAULT")
	p.have.Objects[i] = without(column, "default")
}

// mayGo reports whether an object can be dropped and made again without loss.
func mayGo(o catalog.Object) bool {
	if o.Attr("inherited") == "true" {
		return false
	}
	switch o.Kind {
	case "trigger", "rule", "policy", "view", "materialized view", "statistics", "index", "constraint",
		"function", "procedure", "aggregate", "domain constraint":
		return true
	case "column":
		return o.Attr("generated") != ""
	}
	return false
}

// needs reports whether one object refers to another.
func needs(o, to catalog.Object) bool {
	if o.Kind == to.Kind && o.Table == to.Table && o.Name == to.Name {
		return false
	}
	switch to.Kind {
	case "column":
		return needsColumn(o, to)
	case "constraint", "index":
		return isForeignKey(o) && mentions(o.Definition(), to.Table) && isKey(to)
	case "function", "procedure", "aggregate":
		name, _, _ := strings.Cut(to.Name, "(")
		return hasName(bound(o), catalog.Placeholder+"."+name)
	case "table", "view", "materialized view", "enum", "domain", "range", "composite type", "sequence":
		return o.Table != to.Name && (mentions(bound(o), to.Name) || mentions(o.Name+head(o), to.Name))
	}
	return false
}

// bound is what an object says in a form that the server keeps as references. Of a
// function that is not the body, unless it is one of statements: a string is only
// read when it runs.
func bound(o catalog.Object) string {
	switch o.Kind {
	case "function", "procedure":
		_, body, _ := strings.Cut(o.Definition(), "\nBEGIN ATOMIC")
		return body
	case "comment":
		return ""
	}
	return text(o)
}

// isKey reports whether foreign keys may lead to it.
func isKey(o catalog.Object) bool {
	for _, start := range []string{"PRIMARY KEY", "UNIQUE", "CREATE UNIQUE"} {
		if strings.HasPrefix(o.Definition(), start) {
			return true
		}
	}
	return false
}

// needsColumn reports whether an object keeps a column from getting another type.
// Indexes and constraints do not: the server makes them anew.
func needsColumn(o, column catalog.Object) bool {
	sql := text(o)
	switch o.Kind {
	case "view", "materialized view":
		return mentions(sql, column.Table)
	case "function", "procedure":
		return mentions(bound(o), column.Table)
	case "policy", "rule":
		return (o.Table == column.Table || mentions(sql, column.Table)) && names(sql, column.Name)
	case "trigger":
		return o.Table == column.Table && names(sql, column.Name)
	case "column":
		return o.Table == column.Table && names(o.Attr("generated"), column.Name)
	}
	return false
}
