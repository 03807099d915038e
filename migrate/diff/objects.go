package diff

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// creates returns the statements that make an object as the catalog describes it; none
// for kinds that are not made from their description.
func creates(o catalog.Object) []string {
	name, def := own(o.Name), o.Definition()
	switch o.Kind {
	case "constraint":
		return []string{onTable(o) + " ADD CONSTRAINT " + ident.Quote(o.Name) + " " + def}
	case "domain constraint":
		return []string{"ALTER DOMAIN " + own(o.Table) + " ADD CONSTRAINT " + ident.Quote(o.Name) + " " + def}
	case "index", "statistics":
		return append([]string{def}, settings(o, nil)...)
	case "trigger", "rule":
		return append([]string{strings.TrimSuffix(def, ";")}, settings(o, nil)...)
	case "function", "procedure":
		return []string{strings.TrimRight(def, "\n")}
	case "view", "materialized view":
		return []string{"CREATE " + strings.ToUpper(o.Kind) + " " + name + with(o) + " AS\n" + strings.TrimSuffix(def, ";")}
	case "policy":
		return []string{policy(o)}
	case "enum":
		return []string{"CREATE TYPE " + name + " AS ENUM (" + o.Attr("labels") + ")"}
	case "composite type":
		return []string{"CREATE TYPE " + name + " AS " + def}
	case "domain":
		return []string{domain(o)}
	case "range":
		return []string{rangeType(o)}
	case "collation":
		return []string{collation(o)}
	case "sequence":
		return sequence(o)
	case "column":
		return []string{onTable(o) + " ADD COLUMN " + column(o)}
	case "comment":
		return []string{"COMMENT ON " + commented(o) + " IS " + ident.Literal(o.Attr("text"))}
	case "grant":
		return []string{"GRANT " + o.Attr("privileges") + " ON " + granted(o) + " TO " + grantee(o)}
	}
	return nil
}

// drops returns the statements that take an object away.
func drops(o catalog.Object) []string {
	switch o.Kind {
	case "constraint":
		return []string{onTable(o) + " DROP CONSTRAINT " + ident.Quote(o.Name)}
	case "domain constraint":
		return []string{"ALTER DOMAIN " + own(o.Table) + " DROP CONSTRAINT " + ident.Quote(o.Name)}
	case "column":
		return []string{onTable(o) + " DROP COLUMN " + ident.Quote(o.Name)}
	case "trigger", "rule", "policy":
		return []string{"DROP " + strings.ToUpper(o.Kind) + " " + ident.Quote(o.Name) + " ON " + own(o.Table)}
	case "index", "statistics", "table", "view", "materialized view", "sequence", "domain", "collation":
		return []string{"DROP " + strings.ToUpper(o.Kind) + " " + own(o.Name)}
	case "enum", "composite type", "range":
		return []string{"DROP TYPE " + own(o.Name)}
	case "function", "procedure", "aggregate":
		return []string{"DROP " + strings.ToUpper(o.Kind) + " " + catalog.Placeholder + "." + o.Name}
	case "comment":
		return []string{"COMMENT ON " + commented(o) + " IS NULL"}
	case "grant":
		return []string{"REVOKE ALL ON " + granted(o) + " FROM " + grantee(o)}
	}
	return nil
}

func onTable(o catalog.Object) string { return "ALTER TABLE " + own(o.Table) }

func with(o catalog.Object) string {
	if options := o.Attr("options"); options != "" {
		return " WITH (" + options + ")"
	}
	return ""
}

// commented is what a comment is on: "column title" of a table, "constraint c", "table".
func commented(o catalog.Object) string {
	kind, name, part := strings.Cut(o.Name, " ")
	if o.Name == "materialized view" || o.Name == "foreign table" {
		part = false
		kind = o.Name
	}
	switch {
	case kind == "column":
		return "COLUMN " + own(o.Table) + "." + ident.Quote(name)
	case kind == "index":
		return "INDEX " + own(name)
	case part:
		return strings.ToUpper(kind) + " " + ident.Quote(name) + " ON " + own(o.Table)
	case kind == "function", kind == "procedure", kind == "aggregate":
		return strings.ToUpper(kind) + " " + catalog.Placeholder + "." + o.Table
	}
	return strings.ToUpper(kind) + " " + own(o.Table)
}

func granted(o catalog.Object) string {
	if strings.HasSuffix(o.Table, ")") {
		return "ROUTINE " + catalog.Placeholder + "." + o.Table
	}
	return own(o.Table)
}

func grantee(o catalog.Object) string {
	if o.Name == "public" {
		return "PUBLIC"
	}
	return o.Name
}
