package catalog

import "slices"

// Difference is one property in which a schema is not what it should be.
type Difference struct {
	Kind   string // of the object
	Object string // its name, with the table's
	// Attribute is the property; empty where the object as a whole is missing or
	// too much.
	Attribute string
	// Want and Have are the property's values, or, where the object as a whole is
	// meant, its essence. Missing says which of the two an empty one is.
	Want, Have string
	Missing    bool // have lacks the object
	Extra      bool // want lacks the object
}

// Diff compares a schema with what it should be. The result is empty if and only if
// the fingerprints are equal; its order depends on the schemas alone. What belongs
// to a table that is missing or too much is not listed apart.
func Diff(want, have Schema) []Difference {
	var out []Difference
	for _, p := range pairs(want, have) {
		if covered(p, want, have) {
			continue
		}
		out = append(out, p.differences()...)
	}
	if len(out) == 0 && want.text != have.text {
		out = append(out, Difference{Kind: "schema", Object: have.Name, Attribute: "description", Want: want.text, Have: have.text})
	}
	return out
}

// pair is one object as it should be and as it is; nil where there is none.
type pair struct{ want, have *Object }

// pairs walks both sorted lists side by side.
func pairs(want, have Schema) (all []pair) {
	w, h := want.Objects, have.Objects
	for len(w) > 0 || len(h) > 0 {
		switch {
		case len(h) == 0 || len(w) > 0 && compare(w[0], h[0]) < 0:
			all, w = append(all, pair{want: &w[0]}), w[1:]
		case len(w) == 0 || compare(w[0], h[0]) > 0:
			all, h = append(all, pair{have: &h[0]}), h[1:]
		default:
			all, w, h = append(all, pair{&w[0], &h[0]}), w[1:], h[1:]
		}
	}
	return all
}

// covered reports whether the object is missing, or too much, only because what it
// belongs to is.
func covered(p pair, want, have Schema) bool {
	switch {
	case p.have == nil:
		return p.want.goneWithOwner(want, have)
	case p.want == nil:
		return p.have.goneWithOwner(have, want)
	}
	return false
}

// goneWithOwner reports whether there has what the object belongs to, and not has not.
func (o Object) goneWithOwner(there, not Schema) bool {
	if o.Table == "" {
		return false
	}
	if there.owner(o.Table) && !not.owner(o.Table) {
		return true
	}
	if o.Kind != "comment" {
		return false
	}
	kind, name := o.Commented()
	_, was := there.Find(kind, o.Table, name)
	_, is := not.Find(kind, o.Table, name)
	return was && !is
}

// owner reports whether the schema has a table, or what else owns objects, by this
// name.
func (s Schema) owner(name string) bool {
	return slices.ContainsFunc(owners(), func(kind string) bool {
		_, ok := s.Find(kind, "", name)
		return ok
	})
}

func owners() []string {
	return []string{
		"table", "foreign table", "view", "materialized view", "sequence", "domain", "enum",
		"composite type", "range", "function", "procedure", "aggregate",
	}
}

func (p pair) differences() (out []Difference) {
	switch {
	case p.have == nil:
		return []Difference{{Kind: p.want.Kind, Object: p.want.String(), Want: p.want.essence(), Missing: true}}
	case p.want == nil:
		return []Difference{{Kind: p.have.Kind, Object: p.have.String(), Have: p.have.essence(), Extra: true}}
	}
	for _, name := range attrNames(p.want, p.have) {
		if w, h := p.want.Attr(name), p.have.Attr(name); w != h {
			out = append(out, Difference{Kind: p.want.Kind, Object: p.want.String(), Attribute: name, Want: w, Have: h})
		}
	}
	return out
}

// essence is what to show of an object as a whole.
func (o Object) essence() string {
	if len(o.Attrs) == 0 {
		return o.Name
	}
	return o.Attrs[0].Value
}

// attrNames lists the properties that either has, in the order of the description.
func attrNames(want, have *Object) (names []string) {
	for _, o := range []*Object{want, have} {
		for _, a := range o.Attrs {
			if !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
		}
	}
	return names
}
