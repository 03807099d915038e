package adopt

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// domains checks hosts as the lifecycle does when it makes a tenant.
func (a *Adopter) domains(hosts []string) (out []tenant.Domain, err error) {
	for i, raw := range hosts {
		host, err := ident.Domain(raw)
		if err != nil {
			return nil, err
		}
		for _, base := range a.c.Bases {
			if host == base || strings.HasSuffix(host, "."+base) {
				return nil, &tenant.InvalidError{Field: "host", Value: host, Reason: "belongs to " + base + ", where each tenant's host is its slug"}
			}
		}
		out = append(out, tenant.Domain{Host: host, Primary: i == 0})
	}
	return out, nil
}
