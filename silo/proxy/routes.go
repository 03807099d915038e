package proxy

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Routes returns the hosts of the silos among tenants: their domains, the same with
// www in front where nobody has that, and their slugs below each of bases. A silo
// that is not served is left out: the shared application says why.
func Routes(tenants []*tenant.Tenant, bases []string) []Route {
	taken := map[string]bool{}
	for _, t := range tenants {
		for _, d := range t.Domains {
			taken[d.Host] = t.Status.Live()
		}
	}
	var routes []Route
	for _, t := range tenants {
		if !t.Status.Serves() || t.Placement.Level != tenant.Silo || t.Placement.Upstream == "" {
			continue
		}
		for _, host := range hosts(t, bases, taken) {
			routes = append(routes, Route{host, t.Placement.Upstream})
		}
	}
	return routes
}

func hosts(t *tenant.Tenant, bases []string, taken map[string]bool) []string {
	const www = "www."
	room := func(host string) bool { return len(www)+len(host) <= ident.MaxHost }
	var all []string
	for _, d := range t.Domains {
		all = append(all, d.Host)
		if !strings.HasPrefix(d.Host, www) && !taken[www+d.Host] && room(d.Host) {
			all = append(all, www+d.Host)
		}
	}
	if ident.Slug(t.Slug) != nil { // a table of the user's own may hold anything
		return all
	}
	for _, base := range bases {
		all = append(all, t.Slug+"."+base)
	}
	return all
}
