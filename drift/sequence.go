package drift

import (
	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// sequenceOf returns the sequence that the migrations make for a column.
func (p *planner) sequenceOf(column catalog.Object) (catalog.Object, bool) {
	for _, s := range p.want.Objects {
		if s.Kind != "sequence" {
			continue
		}
		if table, name := owner(s); table == column.Table && name == column.Name {
			return s, true
		}
	}
	return catalog.Object{}, false
}

// owner returns the column to which a sequence belongs; "" where there is none.
func owner(sequence catalog.Object) (table, column string) {
	var names []string
	for t := range sqllex.Code(or(sequence.Attr("owned by"), sequence.Attr("identity of"))) {
		if t.Kind == sqllex.Word || t.Kind == sqllex.Quoted {
			names = append(names, t.Name())
		}
	}
	if len(names) != 2 {
		return "", ""
	}
	return names[0], names[1]
}

func sequenceOptions(o catalog.Object) string {
	cycle := " NO CYCLE"
	if o.Attr("cycle") != "" {
		cycle = " CYCLE"
	}
	return " INCREMENT BY " + o.Attr("increment") + " MINVALUE " + o.Attr("minimum") + " MAXVALUE " + o.Attr("maximum") +
		" START WITH " + o.Attr("start") + " CACHE " + o.Attr("cache") + cycle
}

func (p *planner) createSequence(o catalog.Object) {
	if o.Attr("identity of") != "" {
		return // comes with its column
	}
	unlogged := ""
	if o.Attr("unlogged") != "" {
		unlogged = "UNLOGGED "
	}
	p.add(sequences, "CREATE "+unlogged+"SEQUENCE "+of(o)+" AS "+o.Attr("type")+sequenceOptions(o))
	p.own(o)
	if table, column := owner(o); table != "" {
		p.continueAfter(catalog.Object{Kind: "column", Table: table, Name: column})
	}
}

func (p *planner) own(o catalog.Object) {
	table, column := owner(o)
	if table == "" {
		p.add(defaults, "ALTER SEQUENCE "+of(o)+" OWNED BY NONE")
		return
	}
	p.add(defaults, "ALTER SEQUENCE "+of(o)+" OWNED BY "+in(table)+"."+ident.Quote(column))
}

// continueAfter lets a new sequence go on behind the values that a column has.
func (p *planner) continueAfter(column catalog.Object) {
	s, ok := p.sequenceOf(column)
	if !ok {
		return
	}
	p.add(defaults, "SELECT setval("+ident.Literal(of(s))+"::regclass, n) FROM (SELECT max("+ident.Quote(column.Name)+
		") AS n FROM "+in(column.Table)+") AS t WHERE n IS NOT NULL")
}

func (p *planner) alterSequence(want, have catalog.Object) {
	if differ(want, have, "identity of") {
		return // settled with the column
	}
	if !onlyDiffer(want, have, "owned by", "unlogged") {
		p.add(sequences, "ALTER SEQUENCE "+of(want)+" AS "+want.Attr("type")+sequenceOptions(want))
	}
	if differ(want, have, "unlogged") {
		p.add(sequences, "ALTER SEQUENCE "+of(want)+logged(want))
	}
	if differ(want, have, "owned by") {
		p.own(want)
	}
}

func logged(o catalog.Object) string {
	if o.Attr("unlogged") != "" {
		return " SET UNLOGGED"
	}
	return " SET LOGGED"
}
