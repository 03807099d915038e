package drift

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// removeExtra drops what no migration makes. What holds data stays unless it was
// asked for.
func (p *planner) removeExtra() {
	for _, o := range p.order {
		if _, ok := p.want.Find(o.Kind, o.Table, o.Name); ok {
			continue
		}
		if _, ok := p.find(o); !ok || p.goes(o) {
			continue // it went, or will go, with something else
		}
		if p.holdsData(o) && !p.dropExtra {
			p.refuse(o, "no migration makes it, but it may hold data: write a migration that makes it, or drop it with what is in it: rowhouse drift repair --drop-extra")
			continue
		}
		p.release(o)
		p.drop(o)
	}
}

// holdsData reports whether dropping the object loses what cannot be made again.
func (p *planner) holdsData(o catalog.Object) bool {
	switch o.Kind {
	case "table", "sequence":
		return true
	case "column":
		return o.Attr("generated") == "" && !p.ofView(o)
	}
	return false
}

// ofView reports whether a column is a view's, which is listed for its default only.
func (p *planner) ofView(column catalog.Object) bool {
	_, ok := p.have.Find("view", "", column.Table)
	return ok
}

// goes reports whether an extra object belongs to one that is dropped with it, or to
// one that was refused.
func (p *planner) goes(o catalog.Object) bool {
	if o.Attr("inherited") == "true" || o.Attr("identity of") != "" {
		return true
	}
	table := o.Table
	if o.Kind == "sequence" {
		table, _ = owner(o)
	}
	for _, kind := range []string{"table", "foreign table", "view", "materialized view", "domain"} {
		_, is := p.was.Find(kind, "", table)
		_, should := p.want.Find(kind, "", table)
		if is && !should {
			return true
		}
	}
	return false
}

// rank orders kinds for dropping: what needs others goes before them.
func rank(o catalog.Object) int {
	return slices.IndexFunc([][]string{
		{"comment"}, {"trigger", "rule", "policy"}, {"view", "materialized view"}, {"statistics", "index", "constraint"},
		{"aggregate", "operator"}, {"function", "procedure"}, {"column"}, {"table", "foreign table"}, {"sequence"},
		{"domain constraint"}, {"domain", "range", "composite type", "enum"},
		{"text search configuration"}, {"text search dictionary"}, {"collation"},
	}, func(kinds []string) bool { return slices.Contains(kinds, o.Kind) })
}

// inDropOrder puts objects before those that they are made of.
func inDropOrder(all []catalog.Object) []catalog.Object {
	all = inOrder(all)
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b catalog.Object) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(turn(a), turn(b)))
	})
	return all
}

// turn puts foreign keys before what they lead to.
func turn(o catalog.Object) int {
	if isForeignKey(o) {
		return 0
	}
	return 1
}

func isForeignKey(o catalog.Object) bool {
	return o.Kind == "constraint" && strings.HasPrefix(o.Definition(), "FOREIGN KEY")
}

// drop plans to drop an object and forgets it with all that belongs to it.
func (p *planner) drop(o catalog.Object) {
	table := in(o.Table)
	name := ident.Quote(o.Name)
	switch o.Kind {
	case "column":
		p.dropColumn(o)
	case "constraint":
		p.add(drops, "ALTER TABLE "+table+" DROP CONSTRAINT "+name)
	case "domain constraint":
		p.add(drops, "ALTER DOMAIN "+table+" DROP CONSTRAINT "+name)
	case "trigger", "rule", "policy":
		p.add(drops, "DROP "+sqlKind(o.Kind)+" "+name+" ON "+table)
	case "comment":
		p.add(drops, comment(o, "NULL"))
	default:
		p.add(drops, "DROP "+sqlKind(o.Kind)+" "+of(o))
	}
	p.forget(o)
}

// dropColumn drops a column with the indexes and constraints that are made of it.
func (p *planner) dropColumn(o catalog.Object) {
	if p.ofView(o) {
		p.add(drops, "ALTER VIEW "+in(o.Table)+" ALTER COLUMN "+ident.Quote(o.Name)+" DROP DEFAULT")
		return
	}
	for _, other := range p.order {
		switch other.Kind {
		case "index", "constraint", "statistics":
			if _, ok := p.find(other); ok && other.Table == o.Table && names(other.Definition(), o.Name) && other.Attr("inherited") == "" {
				p.release(other)
				p.drop(other)
			}
		}
	}
	p.add(drops, "ALTER TABLE "+in(o.Table)+" DROP COLUMN "+ident.Quote(o.Name))
}

// forget removes an object from what there is, with its indexes, triggers, comments…
func (p *planner) forget(o catalog.Object) {
	p.have.Objects = slices.DeleteFunc(p.have.Objects, func(other catalog.Object) bool {
		switch {
		case other.Kind == o.Kind && other.Table == o.Table && other.Name == o.Name:
			return true
		case other.Kind == "comment" && o.Table != "":
			return other.Table == o.Table && other.Name == o.Kind+" "+o.Name
		}
		return o.Table == "" && other.Table == o.Name && (owns(o) || other.Kind == "comment")
	})
}

func owns(o catalog.Object) bool {
	switch o.Kind {
	case "table", "foreign table", "view", "materialized view", "domain":
		return true
	}
	return false
}
