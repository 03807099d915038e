package resolve

import (
	"slices"
)

// Varies returns the request headers, besides Host, that decide which tenant r
// names. An answer may be reused for another request only if these are equal: caches
// have to be told in the header Vary. What a [Claim] reads is not known here.
func Varies(r Resolver) []string {
	switch r := r.(type) {
	case header:
		return []string{r.name}
	case cookie:
		return []string{"Cookie"}
	case *subdomain:
		return r.hosts.varies()
	case *domain:
		return r.hosts.varies()
	case chain:
		var all []string
		for _, inner := range r {
			all = append(all, Varies(inner)...)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	return nil
}

func (h *hosts) varies() []string {
	if len(h.forwarders) == 0 {
		return nil
	}
	return []string{"X-Forwarded-Host"}
}
