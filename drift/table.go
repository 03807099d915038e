package drift

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// createTable makes an empty table with its columns; all else follows by itself.
func (p *planner) createTable(o catalog.Object) {
	sql := "CREATE TABLE "
	if o.Attr("unlogged") != "" {
		sql = "CREATE UNLOGGED TABLE "
	}
	sql += of(o)
	if parent := o.Attr("partition of"); parent != "" {
		sql += " PARTITION OF " + parent + " " + o.Attr("bound")
	} else {
		sql += " (" + strings.Join(p.columnsOf(o.Name), ", ") + ")"
	}
	if parents := o.Attr("inherits"); parents != "" {
		sql += " INHERITS (" + parents + ")"
	}
	if key := o.Attr("partition by"); key != "" {
		sql += " PARTITION BY " + key
	}
	p.add(tables, sql+with(o))
	bare := catalog.Object{Kind: o.Kind, Name: o.Name}
	p.secure(o, bare)
	p.identifyRows(o, bare)
	for _, c := range p.want.Objects {
		if c.Kind == "column" && c.Table == o.Name {
			p.store(c, catalog.Object{Kind: c.Kind, Table: c.Table, Name: c.Name})
		}
	}
}

func (p *planner) columnsOf(table string) (all []string) {
	for _, o := range p.want.Objects {
		if o.Kind == "column" && o.Table == table && o.Attr("inherited") == "" {
			all = append(all, p.column(o))
		}
	}
	return all
}

func (p *planner) alterTable(want, have catalog.Object) {
	if differ(want, have, "partition by", "access method", "server") {
		p.refuse(want, "how it keeps its rows cannot be changed in place: move them by a migration")
		return
	}
	alter := "ALTER TABLE " + of(want)
	if differ(want, have, "unlogged") {
		p.add(tables, alter+logged(want))
	}
	p.attach(want, have)
	p.secure(want, have)
	p.identifyRows(want, have)
	p.options(alter, want, have)
}

// attach gives a table to what it is a partition or a child of.
func (p *planner) attach(want, have catalog.Object) {
	if differ(want, have, "partition of", "bound") {
		if parent := have.Attr("partition of"); parent != "" {
			p.add(drops, "ALTER TABLE "+parent+" DETACH PARTITION "+of(want))
		}
		if parent := want.Attr("partition of"); parent != "" {
			p.add(keys, "ALTER TABLE "+parent+" ATTACH PARTITION "+of(want)+" "+want.Attr("bound"))
		}
	}
	for _, parent := range list(have.Attr("inherits")) {
		if differ(want, have, "inherits") {
			p.add(drops, "ALTER TABLE "+of(want)+" NO INHERIT "+parent)
		}
	}
	for _, parent := range list(want.Attr("inherits")) {
		if differ(want, have, "inherits") {
			p.add(keys, "ALTER TABLE "+of(want)+" INHERIT "+parent)
		}
	}
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ", ")
}

// secure sets whether policies hold, and for whom.
func (p *planner) secure(want, have catalog.Object) {
	alter := "ALTER TABLE " + of(want)
	if differ(want, have, "row security") {
		p.add(rest, alter+either(want.Attr("row security") != "", " ENABLE", " DISABLE")+" ROW LEVEL SECURITY")
	}
	if differ(want, have, "force row security") {
		p.add(rest, alter+either(want.Attr("force row security") != "", " FORCE", " NO FORCE")+" ROW LEVEL SECURITY")
	}
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// identifyRows sets what logical replication knows rows by. The index follows with
// the indexes.
func (p *planner) identifyRows(want, have catalog.Object) {
	identity := want.Attr("replica identity")
	if differ(want, have, "replica identity") && identity != "index" {
		p.add(rest, "ALTER TABLE "+of(want)+" REPLICA IDENTITY "+or(strings.ToUpper(identity), "DEFAULT"))
	}
}
