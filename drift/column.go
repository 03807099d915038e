package drift

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

func alterOf(o catalog.Object) string {
	return "ALTER TABLE " + in(o.Table) + " ALTER COLUMN " + ident.Quote(o.Name)
}

// alterColumn changes a column in place. One that is inherited follows its parent's.
func (p *planner) alterColumn(want, have catalog.Object) {
	if want.Attr("inherited") == "true" || have.Attr("inherited") == "true" {
		return
	}
	alter := alterOf(want)
	retyped := differ(want, have, "type", "collation")
	if have.Attr("default") != "" && (retyped || differ(want, have, "default")) {
		p.add(columns, alter+" DROP DEFAULT")
		have = without(have, "default")
	}
	if have.Attr("identity") != "" && want.Attr("identity") == "" {
		p.add(columns, alter+" DROP IDENTITY")
	}
	if have.Attr("generated") != "" && want.Attr("generated") == "" {
		p.add(columns, alter+" DROP EXPRESSION")
	}
	if retyped {
		p.retype(want, have)
	}
	if differ(want, have, "not null") {
		p.add(columns, alter+toggle(want.Attr("not null") != "")+"NOT NULL")
	}
	p.identify(want, have)
	if differ(want, have, "default") {
		p.add(defaults, alter+setOrDrop("DEFAULT", want.Attr("default")))
	}
	p.store(want, have)
}

func without(o catalog.Object, attr string) catalog.Object {
	var left []catalog.Attr
	for _, a := range o.Attrs {
		if a.Name != attr {
			left = append(left, a)
		}
	}
	o.Attrs = left
	return o
}

// retype changes the type, once it is sure that every value survives the way there
// and back.
func (p *planner) retype(want, have catalog.Object) {
	column, to, from := ident.Quote(want.Name), want.Attr("type"), have.Attr("type")
	if differ(want, have, "type") {
		message := want.String() + " has values that do not fit " + to
		p.add(columns, "DO $repair$ BEGIN IF EXISTS (SELECT FROM "+in(want.Table)+
			" WHERE "+column+"::text IS DISTINCT FROM "+column+"::"+to+"::"+from+"::text) THEN RAISE EXCEPTION USING MESSAGE = "+
			ident.Literal(strings.ReplaceAll(message, "$repair$", ""))+"; END IF; END $repair$")
	}
	p.add(columns, alterOf(want)+" TYPE "+to+collate(want)+" USING "+column+"::"+to)
}

func collate(o catalog.Object) string {
	if o.Attr("collation") == "" {
		return ""
	}
	return " COLLATE " + o.Attr("collation")
}

// identify makes a column an identity, or another kind of one.
func (p *planner) identify(want, have catalog.Object) {
	switch {
	case want.Attr("identity") == "" || !differ(want, have, "identity"):
	case have.Attr("identity") != "":
		p.add(columns, alterOf(want)+" SET GENERATED "+strings.ToUpper(want.Attr("identity")))
	default:
		p.add(columns, alterOf(want)+" ADD"+p.identity(want))
		p.continueAfter(want)
	}
}

// identity is the clause that makes a column one, with the sequence that the
// migrations make.
func (p *planner) identity(column catalog.Object) string {
	clause := " GENERATED " + strings.ToUpper(column.Attr("identity")) + " AS IDENTITY"
	if s, ok := p.sequenceOf(column); ok {
		clause += " (SEQUENCE NAME " + of(s) + sequenceOptions(s) + ")"
	}
	return clause
}

// store sets how values are kept and what is known of them.
func (p *planner) store(want, have catalog.Object) {
	alter := alterOf(want)
	switch {
	case !differ(want, have, "storage"):
	case want.Attr("storage") != "":
		p.add(rest, alter+" SET STORAGE "+want.Attr("storage"))
	default:
		p.add(rest, defaultStorage(want))
	}
	if differ(want, have, "compression") {
		p.add(rest, alter+" SET COMPRESSION "+or(want.Attr("compression"), "default"))
	}
	if differ(want, have, "statistics") {
		p.add(rest, alter+" SET STATISTICS "+or(want.Attr("statistics"), "-1"))
	}
	p.options(alter, want, have)
}

// defaultStorage sets the storage of the column's type, for which no word exists in
// older versions.
func defaultStorage(o catalog.Object) string {
	return "DO $repair$ BEGIN EXECUTE (SELECT format(" + ident.Literal(strings.ReplaceAll(alterOf(o), "%", "%%")+" SET STORAGE %s") +
		", CASE typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END)" +
		" FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid WHERE attrelid = " + ident.Literal(in(o.Table)) +
		"::regclass AND attname = " + ident.Literal(o.Name) + "); END $repair$"
}

// column is what ADD COLUMN and CREATE TABLE say of it.
func (p *planner) column(o catalog.Object) string {
	sql := ident.Quote(o.Name) + " " + o.Attr("type") + collate(o)
	switch {
	case o.Attr("generated") != "":
		sql += " GENERATED ALWAYS AS (" + o.Attr("generated") + ") STORED"
	case o.Attr("identity") != "":
		sql += p.identity(o)
	case o.Attr("default") != "":
		sql += " DEFAULT " + o.Attr("default")
	}
	if o.Attr("not null") != "" {
		sql += " NOT NULL"
	}
	return sql
}
