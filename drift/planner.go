package drift

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// phase orders statements: what others need is made first.
type phase int

const (
	drops phase = iota // in the order in which they were planned
	types
	sequences
	tables
	columns
	functions
	defaults
	keys
	indexes
	foreignKeys
	views
	rest
	comments
	phases
)

// planner makes the statements that turn have into want. Names in them have the
// placeholder for their schema. What it decides to drop it removes from have, so
// that it is made again like anything that is missing.
type planner struct {
	want, have, granted catalog.Schema
	was                 catalog.Schema   // what there was before anything was planned
	order               []catalog.Object // the same, in the order in which it can be dropped
	dropExtra           bool
	steps               [phases][]string
	refused             []Refusal
	released            map[string]bool
}

func newPlanner(want, have, granted catalog.Schema, dropExtra bool) *planner {
	was := have
	have.Objects = slices.Clone(have.Objects)
	return &planner{want: want, have: have, was: was, order: inDropOrder(was.Objects), granted: granted, dropExtra: dropExtra, released: map[string]bool{}}
}

func (p *planner) statements() (all []string) {
	for _, steps := range p.steps {
		all = append(all, steps...)
	}
	return all
}

func (p *planner) add(at phase, sql string) {
	if sql != "" && !slices.Contains(p.steps[at], sql) {
		p.steps[at] = append(p.steps[at], sql)
	}
}

func (p *planner) refuse(o catalog.Object, reason string) {
	r := Refusal{Object: o.Kind + " " + o.String(), Reason: reason}
	if !slices.Contains(p.refused, r) {
		p.refused = append(p.refused, r)
	}
}

// plan goes through all that differs: first what must go, or go for a while, then
// what changes in place, then what is missing.
func (p *planner) plan() {
	p.removeExtra()
	for _, o := range p.want.Objects {
		if have, ok := p.find(o); ok && !equal(o, have) {
			p.prepare(o, have)
		}
	}
	for _, o := range p.want.Objects {
		if have, ok := p.find(o); ok && !equal(o, have) {
			p.alter(o, have)
		}
	}
	for _, o := range inOrder(p.want.Objects) {
		if _, ok := p.find(o); !ok {
			p.create(o)
		}
	}
}

// find returns the object of this kind and name that there is now.
func (p *planner) find(o catalog.Object) (catalog.Object, bool) {
	return p.have.Find(o.Kind, o.Table, o.Name)
}

func equal(a, b catalog.Object) bool { return slices.Equal(a.Attrs, b.Attrs) }

// differ reports whether one of these properties is another.
func differ(a, b catalog.Object, attrs ...string) bool {
	return slices.ContainsFunc(attrs, func(name string) bool { return a.Attr(name) != b.Attr(name) })
}

// onlyDiffer reports whether no properties but these are others.
func onlyDiffer(a, b catalog.Object, attrs ...string) bool {
	for _, o := range []catalog.Object{a, b} {
		for _, attr := range o.Attrs {
			if a.Attr(attr.Name) != b.Attr(attr.Name) && !slices.Contains(attrs, attr.Name) {
				return false
			}
		}
	}
	return true
}
