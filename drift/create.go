package drift

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// create makes what is missing.
func (p *planner) create(o catalog.Object) {
	if o.Attr("inherited") == "true" {
		return // comes with what it is inherited from
	}
	switch o.Kind {
	case "table":
		p.createTable(o)
	case "column":
		p.createColumn(o)
	case "constraint":
		p.createConstraint(o)
	case "index":
		p.createIndex(o)
	case "view", "materialized view":
		p.add(views, "CREATE "+sqlKind(o.Kind)+" "+of(o)+with(o)+" AS "+o.Definition())
	case "trigger", "rule":
		p.createTrigger(o)
	case "policy":
		p.add(rest, policy(o))
	case "statistics":
		p.createStatistics(o)
	case "sequence":
		p.createSequence(o)
	case "function", "procedure":
		p.add(functions, o.Definition())
	case "comment":
		p.add(comments, comment(o, ident.Literal(o.Attr("text"))))
	default:
		p.createType(o)
	}
}

// createColumn adds a column to a table that has been there. A view's column is only
// listed for its default.
func (p *planner) createColumn(o catalog.Object) {
	if _, ok := p.want.Find("view", "", o.Table); ok {
		p.add(rest, "ALTER VIEW "+in(o.Table)+" ALTER COLUMN "+ident.Quote(o.Name)+" SET DEFAULT "+o.Attr("default"))
		return
	}
	if _, ok := p.have.Find("table", "", o.Table); !ok {
		return // comes with its table
	}
	p.add(columns, "ALTER TABLE "+in(o.Table)+" ADD COLUMN "+p.column(o))
	p.store(o, catalog.Object{Kind: o.Kind, Table: o.Table, Name: o.Name})
}

// createConstraint adds a constraint, a foreign key after all that it may lead to.
func (p *planner) createConstraint(o catalog.Object) {
	at := keys
	if isForeignKey(o) {
		at = foreignKeys
	}
	p.add(at, "ALTER TABLE "+in(o.Table)+" ADD CONSTRAINT "+ident.Quote(o.Name)+" "+o.Definition())
	p.options("ALTER INDEX "+of(o), o, catalog.Object{})
	p.cluster(o, catalog.Object{})
}

func (p *planner) createIndex(o catalog.Object) {
	at := indexes
	if _, ok := p.want.Find("materialized view", "", o.Table); ok {
		at = rest
	}
	p.add(at, o.Definition())
	p.cluster(o, catalog.Object{})
}

func (p *planner) createTrigger(o catalog.Object) {
	p.add(rest, strings.TrimSuffix(o.Definition(), ";"))
	if o.Attr("disabled")+o.Attr("enabled") != "" {
		p.enable(o)
	}
}

func (p *planner) createStatistics(o catalog.Object) {
	p.add(rest, o.Definition())
	if target := o.Attr("target"); target != "" {
		p.add(rest, "ALTER STATISTICS "+of(o)+" SET STATISTICS "+target)
	}
}

func policy(o catalog.Object) string {
	sql := "CREATE POLICY " + ident.Quote(o.Name) + " ON " + in(o.Table)
	if o.Attr("restrictive") != "" {
		sql += " AS RESTRICTIVE"
	}
	sql += " FOR " + o.Attr("command")
	if o.Attr("roles") != "" {
		sql += " TO " + o.Attr("roles")
	}
	if using := o.Attr("using"); using != "" {
		sql += " USING (" + using + ")"
	}
	if check := o.Attr("with check"); check != "" {
		sql += " WITH CHECK (" + check + ")"
	}
	return sql
}

// comment is the statement that comments on an object, or with NULL no longer does.
func comment(o catalog.Object, text string) string {
	kind, name := o.Commented()
	on := in(o.Table)
	switch kind {
	case "column":
		on += "." + ident.Quote(name)
	case "index":
		on = in(name)
	case "constraint", "trigger", "policy":
		on = ident.Quote(name) + " ON " + on
	case "function", "procedure", "aggregate":
		on = catalog.Placeholder + "." + o.Table
	}
	return "COMMENT ON " + sqlKind(kind) + " " + on + " IS " + text
}
