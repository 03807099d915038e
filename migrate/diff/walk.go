package diff

import (
	"cmp"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// change is one object as it should be and as it is; nil where there is none.
type change struct{ want, have *catalog.Object }

// object is whichever there is.
func (c change) object() *catalog.Object {
	if c.want != nil {
		return c.want
	}
	return c.have
}

// attr returns a property as it should be and as it is.
func (c change) attr(name string) (want, have string) { return c.want.Attr(name), c.have.Attr(name) }

// differs reports whether both objects are there and this property differs.
func (c change) differs(name string) bool {
	want, have := c.attr(name)
	return want != have
}

// changes returns the objects that differ, in the order of the catalog. What belongs
// to a table or view that is missing or too much is left out.
func (p pair) changes() (all []change) {
	w, h := p.want.Objects, p.have.Objects
	for len(w) > 0 || len(h) > 0 {
		switch {
		case len(h) == 0 || len(w) > 0 && order(w[0], h[0]) < 0:
			if !p.covered(w[0], p.have) {
				all = append(all, change{want: &w[0]})
			}
			w = w[1:]
		case len(w) == 0 || order(w[0], h[0]) > 0:
			if !p.covered(h[0], p.want) {
				all = append(all, change{have: &h[0]})
			}
			h = h[1:]
		default:
			if !same(w[0], h[0]) {
				all = append(all, change{&w[0], &h[0]})
			}
			w, h = w[1:], h[1:]
		}
	}
	return all
}

func order(a, b catalog.Object) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Name, b.Name))
}

func same(a, b catalog.Object) bool {
	if len(a.Attrs) != len(b.Attrs) {
		return false
	}
	for i := range a.Attrs {
		if a.Attrs[i] != b.Attrs[i] {
			return false
		}
	}
	return true
}

// covered reports whether the object belongs to something that the other schema lacks.
func (p pair) covered(o catalog.Object, other catalog.Schema) bool {
	if o.Table == "" {
		return false
	}
	for _, all := range other.Objects {
		if all.Table == "" && all.Name == o.Table {
			return false
		}
	}
	return true
}

// changed returns the objects of a kind that are there but differ.
func (p pair) changed(kind string) (all []change) {
	for _, c := range p.changes() {
		if c.want != nil && c.have != nil && c.want.Kind == kind {
			all = append(all, c)
		}
	}
	return all
}
