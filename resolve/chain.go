package resolve

import (
	"net/http"
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Chain asks resolvers in order. The first that finds something, or fails, has
// the last word. [Domain] finds something in every request with a host name: put
// it behind [Subdomain] and the others.
func Chain(resolvers ...Resolver) Resolver {
	return chain(slices.Clone(resolvers))
}

type chain []Resolver

func (c chain) Resolve(r *http.Request) (Match, error) {
	for _, resolver := range c {
		m, err := resolver.Resolve(r)
		if err != nil {
			return Match{}, err
		}
		if m.Found() {
			return m, nil
		}
	}
	return Match{}, nil
}

// Default gives every request to one tenant. It belongs at the end of a [Chain],
// and only where somebody wants strangers to be served as that tenant.
func Default(slug string) (Resolver, error) {
	if err := ident.Slug(slug); err != nil {
		return nil, err
	}
	m := Match{Key: tenant.BySlug(slug)}
	return resolverFunc(func(*http.Request) (Match, error) { return m, nil }), nil
}
