package adopt

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// plan is what moves a database's objects.
type plan struct {
	from     []string
	home     string   // the tenant's schema
	lock     []string // tables, as SQL spells them
	texts    []string // statements that rewrite stored text, before anything moves
	moves    []string // ALTER … SET SCHEMA
	members  []string // extensions that change their schema
	findings []Finding
}

// statements returns the plan in order.
func (p *plan) statements() []string {
	return slices.Concat(p.texts, p.moves, p.members)
}

// script is the plan as one message.
func (p *plan) script() string {
	if all := p.statements(); len(all) > 0 {
		return strings.Join(all, ";\n") + ";"
	}
	return ""
}

// ground returns what must exist before the plan runs.
func (a *Adopter) ground(p *plan) string {
	var b strings.Builder
	for _, s := range []string{a.c.Names.Shared, a.c.Names.Extensions, p.home} {
		b.WriteString("CREATE SCHEMA IF NOT EXISTS " + ident.Quote(s) + ";\n")
	}
	return b.String()
}

// plan reads the database and decides what becomes of each object.
func (a *Adopter) plan(ctx context.Context, db querier, o Options, home string) (*plan, error) {
	if err := a.checkSources(ctx, db, o.From); err != nil {
		return nil, err
	}
	objects, err := readObjects(ctx, db, o.From)
	if err != nil {
		return nil, err
	}
	ours := slices.DeleteFunc(slices.Clone(objects), func(o *object) bool { return o.member })
	g, err := readGraph(ctx, db, ours)
	if err != nil {
		return nil, err
	}
	d, err := divide(g, ours, o.Shared)
	if err != nil {
		return nil, err
	}
	p := &plan{from: o.From, home: home, findings: d.findings}
	p.place(a.c.Names.Shared, g, d, ours)
	for _, step := range []func() error{
		func() error { return a.extensions(ctx, db, p) },
		func() error { return a.texts(ctx, db, p, objects, g, d) },
		func() error { return a.obstacles(ctx, db, p, ours, g) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// place plans a move for each object that does not simply follow another.
func (p *plan) place(shared string, g *graph, d *division, objects []*object) {
	slices.SortStableFunc(objects, func(a, b *object) int { return cmp.Compare(a.turn(), b.turn()) })
	for _, o := range objects {
		if o.table() {
			p.lock = append(p.lock, o.identity)
		}
		if o.kind == "S" && g.isPart(o.node) {
			continue // goes with the table whose column it fills
		}
		to := p.home
		if d.shared[g.root(o.node)] {
			to = shared
		}
		p.moves = append(p.moves, o.moveTo(ident.Quote(to)))
	}
}

// checkSources refuses schemas that are not there or not the user's.
func (a *Adopter) checkSources(ctx context.Context, db querier, from []string) error {
	for _, s := range from {
		reason := ""
		switch {
		case s == a.c.Names.Shared, s == "rowhouse", s == "information_schema", strings.HasPrefix(s, "pg_"):
			reason = "is no schema to adopt"
		default:
			var there bool
			if err := db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text)", s).Scan(&there); err != nil {
				return err
			}
			if there {
				continue
			}
			reason = "does not exist"
		}
		return &tenant.InvalidError{Field: "schema", Value: s, Reason: reason}
	}
	return nil
}
