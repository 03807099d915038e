package adopt

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// graph is who depends on whom.
type graph struct {
	out   map[node][]edge
	tops  map[node]*object // what is not part of something else
	roots map[node]*object // of parts, as far as they were looked for
}

// edge leads from an object to one that it needs.
type edge struct {
	to   node
	part bool   // and whose part it is: it goes and comes with it
	via  string // what needs it, for people
}

const edgesQuery = `SELECT d.classid, d.objid, d.refclassid, d.refobjid, d.deptype IN ('i', 'a', 'P', 'S'),
 CASE WHEN k.contype = 'f' THEN 'foreign key ' || k.conname ELSE '' END
FROM pg_depend AS d LEFT JOIN pg_constraint AS k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
WHERE d.deptype NOT IN ('e', 'x') AND (d.classid, d.objid) <> (d.refclassid, d.refobjid)`

func readGraph(ctx context.Context, db querier, objects []*object) (*graph, error) {
	g := &graph{out: map[node][]edge{}, tops: map[node]*object{}, roots: map[node]*object{}}
	rows, _ := db.Query(ctx, edgesQuery)
	var (
		from node
		e    edge
	)
	_, err := pgx.ForEachRow(rows, []any{&from.class, &from.id, &e.to.class, &e.to.id, &e.part, &e.via}, func() error {
		g.out[from] = append(g.out[from], e)
		return nil
	})
	for _, o := range objects {
		if !g.isPart(o.node) {
			g.tops[o.node] = o
		}
	}
	return g, err
}

func (g *graph) isPart(n node) bool {
	for _, e := range g.out[n] {
		if e.part {
			return true
		}
	}
	return false
}

// root returns what n is a part of in the end, or nil where that is none of ours.
func (g *graph) root(n node) *object {
	if top := g.tops[n]; top != nil {
		return top
	}
	if known, ok := g.roots[n]; ok {
		return known
	}
	g.roots[n] = nil // ends circles
	for _, e := range g.out[n] {
		if !e.part {
			continue
		}
		if top := g.root(e.to); top != nil {
			g.roots[n] = top
			return top
		}
	}
	return nil
}

// needs returns what each object needs of the others, parts included.
func (g *graph) needs() map[*object]map[*object]string {
	all := map[*object]map[*object]string{}
	for from, edges := range g.out {
		a := g.root(from)
		if a == nil {
			continue
		}
		for _, e := range edges {
			b := g.root(e.to)
			if b == nil || b == a {
				continue
			}
			if all[a] == nil {
				all[a] = map[*object]string{}
			}
			all[a][b] = max(all[a][b], e.via)
		}
	}
	return all
}
