package drift

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// alter changes in place what differs.
func (p *planner) alter(want, have catalog.Object) {
	switch want.Kind {
	case "column":
		p.alterColumn(want, have)
	case "table":
		p.alterTable(want, have)
	case "constraint", "index":
		p.alterKey(want, have)
	case "trigger", "rule":
		p.enable(want)
	case "view", "materialized view":
		p.options("ALTER "+sqlKind(want.Kind)+" "+of(want), want, have)
	case "sequence":
		p.alterSequence(want, have)
	case "function", "procedure":
		p.add(functions, want.Definition())
	case "enum":
		p.alterEnum(want, have)
	case "domain":
		p.alterDomain(want, have)
	case "statistics":
		p.add(rest, "ALTER STATISTICS "+of(want)+" SET STATISTICS "+or(want.Attr("target"), "-1"))
	case "comment":
		p.add(comments, comment(want, ident.Literal(want.Attr("text"))))
	default:
		p.refuse(want, "no SQL is made for this kind of object: change it by hand")
	}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// alterKey does what can be done with a constraint or an index that stays.
func (p *planner) alterKey(want, have catalog.Object) {
	table := "ALTER TABLE " + in(want.Table)
	if want.Attr("inherited") == "true" || have.Attr("inherited") == "true" {
		if differ(want, have, "inherited") {
			return // attaching or detaching the table settles it
		}
	}
	if differ(want, have, "definition") && want.Kind == "constraint" {
		p.add(keys, table+" VALIDATE CONSTRAINT "+ident.Quote(want.Name))
	}
	p.options("ALTER INDEX "+of(want), want, have)
	p.cluster(want, have)
}

// cluster sets what CLUSTER and logical replication take an index for. What a table
// has instead of an index is set with the table.
func (p *planner) cluster(want, have catalog.Object) {
	table := "ALTER TABLE " + in(want.Table)
	switch {
	case !differ(want, have, "clustered"):
	case want.Attr("clustered") != "":
		p.add(rest, table+" CLUSTER ON "+ident.Quote(want.Name))
	default:
		p.steps[drops] = append(p.steps[drops], table+" SET WITHOUT CLUSTER")
	}
	if want.Attr("replica identity") != "" && differ(want, have, "replica identity") {
		p.add(rest, table+" REPLICA IDENTITY USING INDEX "+ident.Quote(want.Name))
	}
}

// enable sets when a trigger or a rule fires.
func (p *planner) enable(o catalog.Object) {
	how := "ENABLE "
	switch {
	case o.Attr("disabled") != "":
		how = "DISABLE "
	case o.Attr("enabled") != "":
		how = "ENABLE " + strings.ToUpper(o.Attr("enabled")) + " "
	}
	p.add(rest, "ALTER TABLE "+in(o.Table)+" "+how+strings.ToUpper(o.Kind)+" "+ident.Quote(o.Name))
}

// options sets and resets what WITH (…) sets.
func (p *planner) options(alter string, want, have catalog.Object) {
	is := settings(have)
	var set, reset []string
	for key, value := range settings(want).all() {
		if is.get(key) != value {
			set = append(set, key+"="+value)
		}
	}
	for key := range is.all() {
		if settings(want).get(key) == "" {
			reset = append(reset, key)
		}
	}
	if len(set) > 0 {
		p.add(rest, alter+" SET ("+strings.Join(set, ", ")+")")
	}
	if len(reset) > 0 {
		p.add(rest, alter+" RESET ("+strings.Join(reset, ", ")+")")
	}
}

func (p *planner) alterDomain(want, have catalog.Object) {
	alter := "ALTER DOMAIN " + of(want)
	if differ(want, have, "type", "collation") {
		p.refuse(want, "a domain cannot get another type: make a new one, and change the columns by a migration")
		return
	}
	if differ(want, have, "not null") {
		p.add(defaults, alter+toggle(want.Attr("not null") != "")+"NOT NULL")
	}
	if differ(want, have, "default") {
		p.add(defaults, alter+setOrDrop("DEFAULT", want.Attr("default")))
	}
}

func toggle(on bool) string {
	if on {
		return " SET "
	}
	return " DROP "
}

func setOrDrop(what, value string) string {
	if value == "" {
		return " DROP " + what
	}
	return " SET " + what + " " + value
}
