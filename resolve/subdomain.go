package resolve

import (
	"net/http"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const www = "www."

// Subdomain reads the slug from the one label in front of base: with
// "polls.localhost", acme.polls.localhost names acme. base itself and www.base
// are central. Hosts outside base, and deeper ones such as a.b.polls.localhost,
// are left to the next resolver. base may not be a public suffix or an address.
func Subdomain(base string, options ...HostOption) (Resolver, error) {
	host, err := ident.Host(base)
	if err != nil {
		return nil, err
	}
	if ident.PublicSuffix(host) || ident.IsAddress(host) {
		return nil, invalid("host", base, "cannot be the base of subdomains: use a name that is yours")
	}
	h, err := newHosts(options)
	if err != nil {
		return nil, err
	}
	h.central = append(h.central, host, www+host)
	return &subdomain{hosts: h, suffix: "." + host}, nil
}

type subdomain struct {
	hosts
	suffix string
}

func (s *subdomain) Resolve(r *http.Request) (Match, error) {
	host, err := s.of(r)
	if err != nil {
		return Match{}, err
	}
	if s.isCentral(host) {
		return Match{Central: true}, nil
	}
	label, ok := strings.CutSuffix(host, s.suffix)
	if !ok || strings.Contains(label, ".") {
		return Match{}, nil
	}
	if err := ident.Slug(label); err != nil {
		return Match{}, invalid("host", host, "does not name a tenant: its first label "+reason(err))
	}
	return Match{Key: tenant.BySlug(label)}, nil
}
