package drift

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// createType makes types and what is like them.
func (p *planner) createType(o catalog.Object) {
	switch o.Kind {
	case "enum":
		p.createEnum(o)
	case "composite type":
		p.add(types, "CREATE TYPE "+of(o)+" AS "+o.Definition())
	case "domain":
		p.add(types, domain(o))
	case "domain constraint":
		p.add(keys, "ALTER DOMAIN "+in(o.Table)+" ADD CONSTRAINT "+ident.Quote(o.Name)+" "+o.Definition())
	case "range":
		p.add(types, rangeType(o))
	case "aggregate":
		p.createAggregate(o)
	default:
		p.refuse(o, "it is missing, and no SQL is made for this kind of object: make it by hand")
	}
}

func domain(o catalog.Object) string {
	sql := "CREATE DOMAIN " + of(o) + " AS " + o.Attr("type") + collate(o)
	if o.Attr("default") != "" {
		sql += " DEFAULT " + o.Attr("default")
	}
	if o.Attr("not null") != "" {
		sql += " NOT NULL"
	}
	return sql
}

func rangeType(o catalog.Object) string {
	parts := []string{"SUBTYPE = " + o.Attr("subtype")}
	for _, part := range [][2]string{
		{"SUBTYPE_OPCLASS", o.Attr("operator class")}, {"COLLATION", o.Attr("collation")},
		{"CANONICAL", o.Attr("canonical")}, {"SUBTYPE_DIFF", o.Attr("subtype_diff")},
	} {
		if part[1] != "" {
			parts = append(parts, part[0]+" = "+part[1])
		}
	}
	if multirange := o.Attr("multirange"); multirange != "" {
		parts = append(parts, "MULTIRANGE_TYPE_NAME = "+in(multirange))
	}
	return "CREATE TYPE " + of(o) + " AS RANGE (" + strings.Join(parts, ", ") + ")"
}

func (p *planner) createAggregate(o catalog.Object) {
	if o.Attr("kind") != "n" || o.Attr("moving state function") != "" {
		p.refuse(o, "ordered-set and moving aggregates are made by hand")
		return
	}
	parts := []string{"SFUNC = " + o.Attr("state function"), "STYPE = " + o.Attr("state type")}
	for _, part := range [][2]string{
		{"SSPACE", o.Attr("space")}, {"FINALFUNC", o.Attr("final function")}, {"COMBINEFUNC", o.Attr("combine function")},
	} {
		if part[1] != "" {
			parts = append(parts, part[0]+" = "+part[1])
		}
	}
	if initial := o.Attr("initial"); initial != "" {
		parts = append(parts, "INITCOND = "+ident.Literal(initial))
	}
	p.add(functions, "CREATE AGGREGATE "+of(o)+" ("+strings.Join(parts, ", ")+")")
}
