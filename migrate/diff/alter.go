package diff

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// types returns the units that settle types, and sequences that no column owns.
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
		case c.have == nil:
			make = append(make, one(creates(*c.want)...))
		case c.want == nil:
			all = append(all, one(drops(*c.have)...))
		default:
			make = append(make, p.altered(c)...)
		}
	}
	return slices.DeleteFunc(append(all, make...), func(u unit) bool { return len(u) == 0 })
}

// altered returns the units that make an object what it should be.
func (p pair) altered(c change) []unit {
	switch c.want.Kind {
	case "table":
		return table(c)
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

// settings are what the statement that makes an object does not say, where it is not
// what PostgreSQL does by default. was is the object as it is; nil: it was just made.
func settings(o catalog.Object, was *catalog.Object) (all []string) {
	c := change{&o, &catalog.Object{}}
	if was != nil {
		c.have = was
	}
	switch o.Kind {
	case "trigger", "rule":
		if c.differs("disabled") || c.differs("enabled") {
			all = append(all, alterTable(o)+" "+enabled(o)+strings.ToUpper(o.Kind)+" "+ident.Quote(o.Name))
		}
	case "statistics":
		if c.differs("target") {
			all = append(all, "ALTER STATISTICS "+own(o.Name)+" SET STATISTICS "+or(o.Attr("target"), "-1"))
		}
	case "index":
		if c.differs("clustered") && o.Attr("clustered") != "" {
			all = append(all, alterTable(o)+" CLUSTER ON "+ident.Quote(o.Name))
		}
		if c.differs("replica identity") && o.Attr("replica identity") != "" {
			all = append(all, alterTable(o)+" REPLICA IDENTITY USING INDEX "+ident.Quote(o.Name))
		}
	}
	return all
}

func enabled(o catalog.Object) string {
	switch {
	case o.Attr("disabled") != "":
		return "DISABLE "
	case o.Attr("enabled") != "":
		return "ENABLE " + strings.ToUpper(o.Attr("enabled")) + " "
	}
	return "ENABLE "
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func table(c change) (all []unit) {
	alter := "ALTER TABLE " + own(c.want.Name)
	for attr, verbs := range map[string][2]string{
		"unlogged":           {" SET UNLOGGED", " SET LOGGED"},
		"row security":       {" ENABLE ROW LEVEL SECURITY", " DISABLE ROW LEVEL SECURITY"},
		"force row security": {" FORCE ROW LEVEL SECURITY", " NO FORCE ROW LEVEL SECURITY"},
	} {
		if c.differs(attr) && c.want.Attr(attr) != "" {
			all = append(all, one(alter+verbs[0]))
		} else if c.differs(attr) {
			all = append(all, one(alter+verbs[1]))
		}
	}
	if want, have := c.attr("options"); want != have {
		all = append(all, options(alter, want, have))
	}
	if want, have := c.attr("replica identity"); want != have && want != "index" {
		all = append(all, one(alter+" REPLICA IDENTITY "+strings.ToUpper(or(want, "default"))))
	}
	return all
}

func options(alter, want, have string) (u unit) {
	if have != "" {
		var names []string
		for option := range strings.SplitSeq(have, ", ") {
			name, _, _ := strings.Cut(option, "=")
			names = append(names, name)
		}
		u = append(u, one(alter+" RESET ("+strings.Join(names, ", ")+")")...)
	}
	if want != "" {
		u = append(u, one(alter+" SET ("+want+")")...)
	}
	return u
}

func alterColumn(c change) (all []unit) {
	alter := alterTable(*c.want) + " ALTER COLUMN " + ident.Quote(c.want.Name)
	add := func(sql string) { all = append(all, one(alter+sql)) }
	want := c.want.Attr
	if c.differs("generated") || c.differs("generated virtual") {
		return []unit{anew(c)}
	}
	if c.differs("type") || c.differs("collation") {
		sql := " TYPE " + want("type")
		if want("collation") != "" {
			sql += " COLLATE " + want("collation")
		}
		add(sql + " USING " + ident.Quote(c.want.Name) + "::" + want("type"))
	}
	if c.differs("default") {
		add(map[bool]string{true: " DROP DEFAULT", false: " SET DEFAULT " + want("default")}[want("default") == ""])
	}
	if c.differs("not null") {
		add(map[bool]string{true: " DROP NOT NULL", false: " SET NOT NULL"}[want("not null") == ""])
	}
	if c.differs("identity") {
		add(identity(c))
	}
	if c.differs("storage") {
		add(" SET STORAGE " + or(want("storage"), "default"))
	}
	if c.differs("compression") {
		add(" SET COMPRESSION " + or(want("compression"), "default"))
	}
	if c.differs("statistics") {
		add(" SET STATISTICS " + or(want("statistics"), "-1"))
	}
	if w, h := c.attr("options"); w != h {
		all = append(all, options(alter, w, h))
	}
	return all
}

func identity(c change) string {
	switch want, have := c.attr("identity"); {
	case want == "":
		return " DROP IDENTITY"
	case have == "":
		return " ADD GENERATED " + strings.ToUpper(want) + " AS IDENTITY"
	default:
		return " SET GENERATED " + strings.ToUpper(want)
	}
}

func alterDomain(c change) (all []unit) {
	alter := "ALTER DOMAIN " + own(c.want.Name)
	if value := c.want.Attr("default"); c.differs("default") && value != "" {
		all = append(all, one(alter+" SET DEFAULT "+value))
	} else if c.differs("default") {
		all = append(all, one(alter+" DROP DEFAULT"))
	}
	if c.differs("not null") && c.want.Attr("not null") != "" {
		all = append(all, one(alter+" SET NOT NULL"))
	} else if c.differs("not null") {
		all = append(all, one(alter+" DROP NOT NULL"))
	}
	return all
}

func alterSequence(c change) (all []unit) {
	alter := "ALTER SEQUENCE " + own(c.want.Name)
	all = append(all, one(alter+sequenceOptions(*c.want)))
	if owner := c.want.Attr("owned by"); c.differs("owned by") {
		sql := alter + " OWNED BY NONE"
		if owner != "" {
			sql = alter + " OWNED BY " + catalog.Placeholder + "." + owner
		}
		all = append(all, one(sql))
	}
	return all
}
