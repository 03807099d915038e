package resolve

import (
	"net/http"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Domain takes the request's whole host as a tenant's domain. www.acme.example
// falls back to acme.example where it is not a domain of its own. An IP address
// is nobody's domain and is left to the next resolver.
func Domain(options ...HostOption) (Resolver, error) {
	h, err := newHosts(options)
	if err != nil {
		return nil, err
	}
	return &domain{h}, nil
}

type domain struct{ hosts }

func (d *domain) Resolve(r *http.Request) (Match, error) {
	host, err := d.of(r)
	if err != nil {
		return Match{}, err
	}
	if d.isCentral(host) {
		return Match{Central: true}, nil
	}
	if ident.IsAddress(host) {
		return Match{}, nil
	}
	m := Match{Key: tenant.ByHost(host)}
	if bare, ok := strings.CutPrefix(host, www); ok {
		m.Fallback = tenant.ByHost(bare)
	}
	return m, nil
}
