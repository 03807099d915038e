package adopt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// division says which objects become shared. All others are the tenant's.
type division struct {
	shared   map[*object]bool
	findings []Finding
}

// divide finds everything that the chosen tables need. What their definitions name
// must be shared as well, because they exist once: types and functions follow them,
// a table that was not chosen is refused.
func divide(g *graph, objects []*object, chosen []string) (*division, error) {
	d := &division{shared: map[*object]bool{}}
	var todo []*object
	for _, name := range chosen {
		o, err := choose(g, objects, name)
		if err != nil {
			return nil, err
		}
		todo = append(todo, o)
	}
	for _, o := range todo {
		d.shared[o] = true
	}
	d.follow(g.needs(), todo)
	return d, nil
}

// choose finds a table by its name, with or without its schema.
func choose(g *graph, objects []*object, name string) (*object, error) {
	schema, bare, qualified := strings.Cut(name, ".")
	for _, o := range objects {
		if len(o.kind) != 1 || o.name != name && !(qualified && o.schema == schema && o.name == bare) {
			continue
		}
		root := g.root(o.node)
		if root != o {
			return nil, &tenant.InvalidError{Field: "shared table", Value: name, Reason: fmt.Sprintf("is a part of %s: name that one", root)}
		}
		return o, nil
	}
	return nil, &tenant.InvalidError{Field: "shared table", Value: name, Reason: "is not in the adopted schemas"}
}

func (d *division) follow(needs map[*object]map[*object]string, todo []*object) {
	for len(todo) > 0 {
		o := todo[0]
		todo = todo[1:]
		for _, other := range sorted(needs[o]) {
			switch {
			case d.shared[other]:
			case other.relation():
				d.findings = append(d.findings, crossing(o, other, needs[o][other]))
			default:
				d.shared[other] = true
				d.findings = append(d.findings, Finding{Object: other.String(), Why: "becomes shared, because " + o.String() + " needs it"})
				todo = append(todo, other)
			}
		}
	}
}

func crossing(o, other *object, via string) Finding {
	how := "needs"
	if via != "" {
		how = "has a " + via + " to"
	}
	return Finding{Refused: true, Object: o.String(), Why: fmt.Sprintf(
		"is to be shared and %s %s of the tenant: share that as well, or remove what connects them", how, other)}
}

func sorted(set map[*object]string) []*object {
	return slices.SortedFunc(func(yield func(*object) bool) {
		for o := range set {
			if !yield(o) {
				return
			}
		}
	}, func(a, b *object) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.identity, b.identity))
	})
}
