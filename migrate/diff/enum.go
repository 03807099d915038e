package diff

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// labels returns an enum's values as literals.
func labels(text string) (all []string) {
	for t := range sqllex.Code(text) {
		if t.Kind == sqllex.String {
			all = append(all, t.Text)
		}
	}
	return all
}

// added returns the statements that add an enum's new values where they belong. None
// where values went or changed places: that needs a new type.
func added(c change) (all []Statement) {
	to, from := c.attr("labels")
	want, have := labels(to), labels(from)
	if !within(have, want) {
		return nil
	}
	for i, label := range want {
		if slices.Contains(have, label) {
			continue
		}
		sql := "ALTER TYPE " + own(c.want.Name) + " ADD VALUE " + label
		switch {
		case i > 0:
			sql += " AFTER " + want[i-1]
		case len(have) > 0:
			sql += " BEFORE " + have[0]
		}
		all = append(all, Statement{SQL: sql})
	}
	return all
}

// within reports whether part is all, some values left out.
func within(part, all []string) bool {
	for _, one := range all {
		if len(part) > 0 && part[0] == one {
			part = part[1:]
		}
	}
	return len(part) == 0
}

// rebuilt makes an enum anew, with what uses it: values cannot be taken away, and those
// that are added could not be used in the same transaction. The rows keep their values;
// one that has a value that went makes the migration fail.
func (p pair) rebuilt(c change) unit {
	name, old := own(c.want.Name), c.want.Name+"_old"
	lost := Statement{
		SQL:     "ALTER TYPE " + name + " RENAME TO " + ident.Quote(old),
		Hazards: []string{"Values of " + c.want.Name + " go or change places: rows that hold one that goes make this fail."},
	}
	drop, restore := p.users(c.want.Name)
	u := append(unit{}, drop...)
	u = append(u, lost, Statement{SQL: "CREATE TYPE " + name + " AS ENUM (" + c.want.Attr("labels") + ")"})
	for _, column := range p.have.Objects {
		if column.Kind == "column" && usesType(column.Attr("type"), name) {
			u = append(u, retyped(column)...)
		}
	}
	u = append(u, Statement{SQL: "DROP TYPE " + own(old)})
	return append(u, restore...)
}

func usesType(typ, name string) bool {
	plain := strings.TrimSuffix(typ, "[]")
	return plain == name || plain == strings.ReplaceAll(name, `"`, "")
}

// retyped moves a column to the type that now has the name of its type.
func retyped(column catalog.Object) (all unit) {
	typ, name := column.Attr("type"), ident.Quote(column.Name)
	alter := "ALTER TABLE " + own(column.Table) + " ALTER COLUMN " + name
	text := "text"
	if strings.HasSuffix(typ, "[]") {
		text = "text[]"
	}
	value := column.Attr("default")
	if value != "" {
		all = append(all, one(alter+" DROP DEFAULT")...)
	}
	all = append(all, one(alter+" TYPE "+typ+" USING "+name+"::"+text+"::"+typ)...)
	if value != "" {
		all = append(all, one(alter+" SET DEFAULT "+value)...)
	}
	return all
}

// own is the name of something in the scope's schema.
func own(name string) string { return catalog.Placeholder + "." + ident.Quote(name) }
