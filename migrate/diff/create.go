package diff

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

func policy(o catalog.Object) string {
	b := "CREATE POLICY " + ident.Quote(o.Name) + " ON " + own(o.Table)
	if o.Attr("restrictive") != "" {
		b += " AS RESTRICTIVE"
	}
	b += " FOR " + o.Attr("command")
	if roles := o.Attr("roles"); roles != "" {
		b += " TO " + roles
	}
	if using := o.Attr("using"); using != "" {
		b += " USING (" + using + ")"
	}
	if check := o.Attr("with check"); check != "" {
		b += " WITH CHECK (" + check + ")"
	}
	return b
}

func domain(o catalog.Object) string {
	b := "CREATE DOMAIN " + own(o.Name) + " AS " + o.Attr("type")
	if collation := o.Attr("collation"); collation != "" {
		b += " COLLATE " + collation
	}
	if value := o.Attr("default"); value != "" {
		b += " DEFAULT " + value
	}
	if o.Attr("not null") != "" {
		b += " NOT NULL"
	}
	return b
}

func rangeType(o catalog.Object) string {
	parts := []string{"subtype = " + o.Attr("subtype")}
	for attr, option := range map[string]string{"operator class": "subtype_opclass", "collation": "collation", "subtype_diff": "subtype_diff"} {
		if value := o.Attr(attr); value != "" {
			parts = append(parts, option+" = "+value)
		}
	}
	if name := o.Attr("multirange"); name != "" {
		parts = append(parts, "multirange_type_name = "+own(name))
	}
	return "CREATE TYPE " + own(o.Name) + " AS RANGE (" + strings.Join(parts, ", ") + ")"
}

func collation(o catalog.Object) string {
	parts := "provider = libc, locale = " + ident.Literal(o.Attr("collate"))
	if o.Attr("provider") == "i" {
		parts = "provider = icu, locale = " + ident.Literal(o.Attr("locale"))
	}
	if d := o.Attr("deterministic"); d == "false" || d == "f" {
		parts += ", deterministic = false"
	}
	return "CREATE COLLATION " + own(o.Name) + " (" + parts + ")"
}

func sequence(o catalog.Object) []string {
	if o.Attr("identity of") != "" {
		return nil // made with its column
	}
	all := []string{"CREATE SEQUENCE " + own(o.Name) + sequenceOptions(o)}
	if owner := o.Attr("owned by"); owner != "" {
		all = append(all, "ALTER SEQUENCE "+own(o.Name)+" OWNED BY "+catalog.Placeholder+"."+owner)
	}
	return all
}

func sequenceOptions(o catalog.Object) string {
	b := " AS " + o.Attr("type") + " INCREMENT BY " + o.Attr("increment") + " MINVALUE " + o.Attr("minimum") +
		" MAXVALUE " + o.Attr("maximum") + " START WITH " + o.Attr("start") + " CACHE " + o.Attr("cache")
	if o.Attr("cycle") != "" {
		return b + " CYCLE"
	}
	return b + " NO CYCLE"
}

func column(o catalog.Object) string {
	b := ident.Quote(o.Name) + " " + o.Attr("type")
	if collation := o.Attr("collation"); collation != "" {
		b += " COLLATE " + collation
	}
	switch {
	case o.Attr("generated") != "":
		b += " GENERATED ALWAYS AS (" + o.Attr("generated") + ") STORED"
	case o.Attr("generated virtual") != "":
		b += " GENERATED ALWAYS AS (" + o.Attr("generated virtual") + ")"
	case o.Attr("identity") != "":
		b += " GENERATED " + strings.ToUpper(o.Attr("identity")) + " AS IDENTITY"
	case o.Attr("default") != "":
		b += " DEFAULT " + o.Attr("default")
	}
	if o.Attr("not null") != "" {
		b += " NOT NULL"
	}
	return b
}
