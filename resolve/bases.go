package resolve

import "slices"

// Bases returns the hosts below which r, or a resolver of its chain, reads slugs:
// what [Subdomain] was made with. No tenant may own a domain there.
func Bases(r Resolver) []string {
	switch r := r.(type) {
	case *subdomain:
		return []string{r.suffix[1:]}
	case chain:
		var all []string
		for _, inner := range r {
			all = append(all, Bases(inner)...)
		}
		return all
	}
	return nil
}

// CentralHosts returns the hosts of the product itself, as r or the resolvers of its chain
// were told with [Central], and the bases with their www. No tenant may be found there.
func CentralHosts(r Resolver) []string {
	switch r := r.(type) {
	case *subdomain:
		return slices.Clone(r.central)
	case *domain:
		return slices.Clone(r.central)
	case chain:
		var all []string
		for _, inner := range r {
			all = append(all, CentralHosts(inner)...)
		}
		return all
	}
	return nil
}
