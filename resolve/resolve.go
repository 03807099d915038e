// Package resolve turns a request into a tenant key: by subdomain, domain,
// header, path, query parameter, cookie or claim.
//
// A [Resolver] answers one of four things:
//
//   - a key: the request names this tenant (it may still be unknown);
//   - central: the request is for the product itself and has no tenant;
//   - nothing, the zero [Match]: the next resolver of a [Chain] is asked;
//   - an error, always a [*tenant.InvalidError]: the request names a tenant with
//     text that can never be right. It ends a chain, so that garbage is not
//     served as somebody else.
//
// Resolvers open no connection: each value is checked by syntax before anybody
// looks it up, so garbage never reaches a database.
//
// Query parameters and cookies are chosen by whoever sends the request. They
// say which tenant is meant, never who may enter it: that stays with the
// application's sign-in, which has to be the tenant's own.
package resolve

import (
	"net/http"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Resolver says which tenant a request names. Implementations are safe for
// concurrent use and do not change the request.
type Resolver interface {
	Resolve(r *http.Request) (Match, error)
}

// Match is what a resolver found. The zero value says nothing.
type Match struct {
	// Key names the tenant. Its value is checked and canonical.
	Key tenant.Key
	// Fallback is looked up where Key is unknown: the name without www.
	Fallback tenant.Key
	// Central: the request has no tenant, on purpose.
	Central bool
	// Strip is the start of the path that named the tenant, such as "/t/acme".
	Strip string
}

// Found reports whether m says anything.
func (m Match) Found() bool { return m.Central || m.Key.Kind != tenant.KeyNone }

// Must returns r and panics on err. It is for wiring at the start of a program.
func Must(r Resolver, err error) Resolver {
	if err != nil {
		panic(err)
	}
	return r
}

// resolverFunc lets a function be a Resolver.
type resolverFunc func(*http.Request) (Match, error)

func (f resolverFunc) Resolve(r *http.Request) (Match, error) { return f(r) }
