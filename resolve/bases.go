package resolve

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
