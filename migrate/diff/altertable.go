package diff

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// alterTable returns what changes in a table beside its columns.
func alterTable(c change) (all []unit) {
	alter := "ALTER TABLE " + own(c.want.Name)
	for _, flag := range []struct{ attr, on, off string }{
		{"unlogged", " SET UNLOGGED", " SET LOGGED"},
		{"row security", " ENABLE ROW LEVEL SECURITY", " DISABLE ROW LEVEL SECURITY"},
		{"force row security", " FORCE ROW LEVEL SECURITY", " NO FORCE ROW LEVEL SECURITY"},
	} {
		if c.differs(flag.attr) {
			all = append(all, one(alter+choose(c.want.Attr(flag.attr) != "", flag.on, flag.off)))
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

// options changes storage parameters of a table or column.
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

// alterColumn returns what changes in a column. What it is computed from cannot.
func alterColumn(c change) (all []unit) {
	if c.differs("generated") || c.differs("generated virtual") {
		return []unit{anew(c)}
	}
	alter := onTable(*c.want) + " ALTER COLUMN " + ident.Quote(c.want.Name)
	want := c.want.Attr
	for _, property := range []struct{ attr, sql string }{
		{"type", retype(*c.want)},
		{"collation", retype(*c.want)},
		{"default", choose(want("default") == "", " DROP DEFAULT", " SET DEFAULT "+want("default"))},
		{"not null", choose(want("not null") == "", " DROP NOT NULL", " SET NOT NULL")},
		{"identity", identity(c)},
		{"storage", " SET STORAGE " + or(want("storage"), "default")},
		{"compression", " SET COMPRESSION " + or(want("compression"), "default")},
		{"statistics", " SET STATISTICS " + or(want("statistics"), "-1")},
	} {
		if c.differs(property.attr) {
			all = append(all, one(alter+property.sql))
		}
	}
	if want, have := c.attr("options"); want != have {
		all = append(all, options(alter, want, have))
	}
	return all
}

func retype(column catalog.Object) string {
	sql := " TYPE " + column.Attr("type")
	if collation := column.Attr("collation"); collation != "" {
		sql += " COLLATE " + collation
	}
	return sql + " USING " + ident.Quote(column.Name) + "::" + column.Attr("type")
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

func choose(yes bool, one, other string) string {
	if yes {
		return one
	}
	return other
}
