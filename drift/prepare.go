package drift

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// prepare drops what has to be made anew, and what is in the way of a change.
func (p *planner) prepare(want, have catalog.Object) {
	if have.Attr("inherited") == "true" && want.Attr("inherited") == "true" {
		return // it follows what it is inherited from
	}
	switch want.Kind {
	case "column":
		p.prepareColumn(want, have)
	case "enum":
		if p.recreates(want, have) {
			p.release(have)
		}
	default:
		if anew(want, have) {
			p.release(have)
			p.regrant(have)
			p.drop(have)
		}
	}
}

// anew reports whether an object is dropped and made again rather than changed.
func anew(want, have catalog.Object) bool {
	switch want.Kind {
	case "constraint":
		return differ(want, have, "definition") && !onlyValidates(want, have) ||
			have.Attr("not enforced") != "" || have.Attr("invalid") != ""
	case "index":
		return differ(want, have, "definition") || have.Attr("invalid") != ""
	case "trigger", "rule", "statistics", "domain constraint", "view", "materialized view":
		return differ(want, have, "definition")
	case "function", "procedure":
		return head(want) != head(have)
	case "policy", "aggregate":
		return true
	}
	return false
}

// onlyValidates reports whether a constraint lacks nothing but to be validated.
func onlyValidates(want, have catalog.Object) bool {
	return have.Definition() == want.Definition()+" NOT VALID"
}

// head is the part of a function's definition that CREATE OR REPLACE cannot change:
// its arguments and what it returns.
func head(o catalog.Object) string {
	first, _, _ := strings.Cut(o.Definition(), "\n LANGUAGE ")
	return first
}

// prepareColumn makes room for another type. A column whose values are computed is
// made anew.
func (p *planner) prepareColumn(want, have catalog.Object) {
	if !differ(want, have, "type", "collation", "generated") {
		return
	}
	p.release(have)
	if want.Attr("generated") == "" {
		return
	}
	if have.Attr("generated") == "" && !p.dropExtra {
		p.refuse(want, "its values should be computed but were written: to drop them, rowhouse drift repair --drop-extra")
		return
	}
	p.drop(have)
}

// regrant gives to others what they may do with an object that is made anew.
func (p *planner) regrant(o catalog.Object) {
	if _, again := p.want.Find(o.Kind, o.Table, o.Name); !again {
		return
	}
	what, public := "TABLE", true
	switch o.Kind {
	case "function", "procedure", "aggregate":
		what, public = "ROUTINE", false
	case "view", "materialized view":
	default:
		return
	}
	for _, g := range p.granted.Objects {
		if g.Kind != "grant" || g.Table != o.Name {
			continue
		}
		public = public || g.Name == "public"
		p.grant(what+" "+of(o), g)
	}
	if !public {
		p.add(rest, "REVOKE ALL ON "+what+" "+of(o)+" FROM PUBLIC")
	}
}

func (p *planner) grant(on string, g catalog.Object) {
	for right := range strings.SplitSeq(g.Attr("privileges"), ", ") {
		right, option := strings.CutSuffix(right, " with grant option")
		sql := "GRANT " + right + " ON " + on + " TO " + g.Name
		if option {
			sql += " WITH GRANT OPTION"
		}
		p.add(rest, sql)
	}
}
