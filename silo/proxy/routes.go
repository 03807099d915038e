package proxy

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Routes returns the hosts of the silos among tenants: their domains, the same with
// www in front where nobody has that, and their slugs below each of bases. A silo
// that is not served is left out: the shared application says why. Hosts that are
// central to the product are its own, whatever a tenant calls itself; and what is below
// a base belongs to slugs.
func Routes(tenants []*tenant.Tenant, bases, central []string) []Route {
	m := roads{bases, central, map[string]bool{}}
	for _, t := range tenants {
		for _, d := range t.Domains {
			if t.Status.Live() {
				m.taken[d.Host] = true
			}
		}
	}
	var routes []Route
	for _, t := range tenants {
		if !t.Status.Serves() || t.Placement.Level != tenant.Silo || t.Placement.Upstream == "" {
			continue
		}
		for _, host := range m.hosts(t) {
			routes = append(routes, Route{host, t.Placement.Upstream})
		}
	}
	return routes
}

// roads is what decides whose a host is.
type roads struct {
	bases, central []string
	taken          map[string]bool // domains of tenants that are live
}

func (m roads) hosts(t *tenant.Tenant) []string {
	const www = "www."
	var all []string
	for _, d := range t.Domains {
		if m.below(d.Host) {
			continue
		}
		all = append(all, d.Host)
		if alias := www + d.Host; !strings.HasPrefix(d.Host, www) && !m.taken[alias] && len(alias) <= ident.MaxHost {
			all = append(all, alias)
		}
	}
	if ident.Slug(t.Slug) == nil { // a table of the user's own may hold anything
		for _, base := range m.bases {
			all = append(all, t.Slug+"."+base)
		}
	}
	return slices.DeleteFunc(all, func(host string) bool { return slices.Contains(m.central, host) })
}

// below reports whether a host follows from a slug, or could.
func (m roads) below(host string) bool {
	return slices.ContainsFunc(m.bases, func(base string) bool { return host == base || strings.HasSuffix(host, "."+base) })
}
