package drift

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// labels returns an enum's labels as SQL literals.
func labels(o catalog.Object) (all []string) {
	for t := range sqllex.Code(o.Attr("labels")) {
		if t.Kind == sqllex.String {
			all = append(all, t.Text)
		}
	}
	return all
}

// alterEnum changes labels in place where that loses nothing: it renames some, or
// adds some. Otherwise the type is made anew and its columns are converted, which
// fails where a row has a label that is to go.
func (p *planner) alterEnum(want, have catalog.Object) {
	switch alter := "ALTER TYPE " + of(want); {
	case renamed(labels(want), labels(have)):
		for i, label := range labels(want) {
			if old := labels(have)[i]; old != label {
				p.add(types, alter+" RENAME VALUE "+old+" TO "+label)
			}
		}
	case p.recreates(want, have):
		p.recreate(want)
	default:
		p.addLabels(alter, labels(want), labels(have))
	}
}

// renamed reports whether labels are the same but for some whose names are new.
func renamed(want, have []string) bool {
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && (slices.Contains(have, want[i]) || slices.Contains(want, have[i])) {
			return false
		}
	}
	return true
}

// recreates reports whether adding labels is not enough, or not possible because a
// new one is used in the same transaction.
func (p *planner) recreates(want, have catalog.Object) bool {
	is, should := labels(have), labels(want)
	if renamed(should, is) {
		return false
	}
	var kept []string
	for _, label := range should {
		if slices.Contains(is, label) {
			kept = append(kept, label)
		} else if p.uses(label + "::" + catalog.Placeholder + ".") {
			return true
		}
	}
	return !slices.Equal(kept, is)
}

func (p *planner) uses(sql string) bool {
	return slices.ContainsFunc(p.want.Objects, func(o catalog.Object) bool { return strings.Contains(text(o), sql) })
}

func (p *planner) addLabels(alter string, want, have []string) {
	for i, label := range want {
		switch {
		case slices.Contains(have, label):
		case i == 0 && len(have) > 0:
			p.add(types, alter+" ADD VALUE "+label+" BEFORE "+have[0])
		case i == 0:
			p.add(types, alter+" ADD VALUE "+label)
		default:
			p.add(types, alter+" ADD VALUE "+label+" AFTER "+want[i-1])
		}
	}
}

// recreate makes the type anew beside the old one, and converts the columns.
func (p *planner) recreate(want catalog.Object) {
	const old = "rowhouse_old_type"
	for _, o := range p.have.Objects {
		if slices.Contains([]string{"domain", "composite type", "range"}, o.Kind) && mentions(text(o), want.Name) {
			p.refuse(want, "its labels cannot be put in order while "+o.Kind+" "+o.String()+" is made of it: write a migration")
			return
		}
	}
	p.add(types, "ALTER TYPE "+of(want)+" RENAME TO "+ident.Quote(old))
	p.createEnum(want)
	for _, c := range p.have.Objects {
		if c.Kind == "column" && c.Attr("inherited") == "" && mentions(c.Attr("type"), want.Name) {
			p.convert(c)
		}
	}
	p.add(rest, "DROP TYPE "+in(old))
	p.forget(catalog.Object{Kind: "comment", Table: want.Name, Name: "type"})
}

// convert takes a column over to the new type by its labels.
func (p *planner) convert(have catalog.Object) {
	alter, text := alterOf(have), "text"
	if strings.HasSuffix(have.Attr("type"), "[]") {
		text = "text[]"
	}
	if have.Attr("default") != "" {
		p.add(columns, alter+" DROP DEFAULT")
	}
	p.add(columns, alter+" TYPE "+have.Attr("type")+" USING "+ident.Quote(have.Name)+"::"+text+"::"+have.Attr("type"))
	if want, ok := p.want.Find(have.Kind, have.Table, have.Name); ok && want.Attr("default") != "" {
		p.add(defaults, alter+" SET DEFAULT "+want.Attr("default"))
	}
}

func (p *planner) createEnum(o catalog.Object) {
	p.add(types, "CREATE TYPE "+of(o)+" AS ENUM ("+o.Attr("labels")+")")
}
