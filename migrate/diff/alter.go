package diff

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// types returns the units that settle types.
func (p pair) types() (all []unit) {
	for _, c := range p.changes() {
		switch c.object().Kind {
		case "enum", "domain", "composite type", "range", "collation", "domain constraint":
		default:
			continue
		}
		switch {
		case c.have == nil:
			all = append(all, p.made(*c.want))
		case c.want == nil && c.have.Kind == "domain constraint":
			all = append(all, one(drops(*c.have)...))
		case c.want == nil: // its users go first: see rest
		case c.want.Kind == "enum": // new values came before: see enumValues
			all = append(all, p.rebuilt(c))
		default:
			all = append(all, p.altered(c)...)
		}
	}
	return all
}

// made returns how a type is made, a domain with its constraints: once something uses
// it, they cannot always be added.
func (p pair) made(o catalog.Object) unit {
	all := creates(o)
	for _, c := range p.want.Objects {
		if o.Kind == "domain" && c.Kind == "domain constraint" && c.Table == o.Name {
			all = append(all, creates(c)...)
		}
	}
	return one(all...)
}

// rest returns the units that settle what the catalogs show, what is to go first.
func (p pair) rest() (all []unit) {
	var make []unit
	for _, c := range p.changes() {
		switch {
		case c.have == nil && c.want.Kind == "sequence": // its owner may need it first
			for _, sql := range creates(*c.want) {
				make = append(make, one(sql))
			}
		case c.have == nil:
			make = append(make, one(creates(*c.want)...))
		case c.want == nil:
			all = append(all, gone(*c.have))
		default:
			make = append(make, p.altered(c)...)
		}
	}
	return slices.DeleteFunc(append(all, make...), func(u unit) bool { return len(u) == 0 })
}

// gone drops an object, with a warning where rows go with it.
func gone(o catalog.Object) unit {
	u := one(drops(o)...)
	if len(u) > 0 && (o.Kind == "table" || o.Kind == "column") {
		u[0].Hazards = []string{"DELETES_DATA: Deletes all rows of the " + o.Kind}
	}
	return u
}

// altered returns the units that make an object what it should be.
func (p pair) altered(c change) []unit {
	switch c.want.Kind {
	case "table":
		return alterTable(c)
	case "column":
		return alterColumn(c)
	case "domain":
		return alterDomain(c)
	case "sequence":
		return alterSequence(c)
	case "enum":
		return []unit{p.rebuilt(c)}
	case "function", "procedure":
		return []unit{one(creates(*c.want)...), anew(c)}
	case "comment":
		return []unit{one(creates(*c.want)...)}
	case "foreign key trigger", "composite type", "range", "aggregate", "operator":
		return nil
	case "index", "trigger", "rule", "statistics":
		if !c.differs("definition") {
			return []unit{one(settings(*c.want, c.have)...)}
		}
	}
	return []unit{anew(c)}
}

// anew drops an object and makes it again.
func anew(c change) unit {
	make := creates(*c.want)
	if len(make) == 0 {
		return nil
	}
	return one(append(drops(*c.have), make...)...)
}
