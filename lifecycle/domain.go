package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func (m *Manager) domains(hosts []string) ([]tenant.Domain, error) {
	var out []tenant.Domain
	for i, raw := range hosts {
		host, err := m.domain(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, tenant.Domain{Host: host, Primary: i == 0})
	}
	return out, nil
}

// domain checks a host that is to be a tenant's own. Hosts below the product's
// bases follow from slugs: one tenant's domain would be another's address.
func (m *Manager) domain(raw string) (string, error) {
	host, err := ident.Domain(raw)
	if err != nil {
		return "", err
	}
	if slices.Contains(m.c.Central, host) {
		return "", &tenant.InvalidError{Field: "host", Value: host, Reason: "belongs to the product itself: use a domain of its own"}
	}
	for _, base := range m.c.Bases {
		if host == base || strings.HasSuffix(host, "."+base) {
			return "", &tenant.InvalidError{
				Field: "host", Value: host,
				Reason: "belongs to " + base + ", where each tenant's host is its slug: rename the tenant, or use a domain of its own",
			}
		}
	}
	return host, nil
}

// slug checks a slug that is to be a tenant's.
func (m *Manager) slug(slug string) error {
	if err := ident.Slug(slug); err != nil {
		return err
	}
	for _, base := range m.c.Bases {
		if host := slug + "." + base; slices.Contains(m.c.Central, host) {
			return &tenant.InvalidError{Field: "slug", Value: slug, Reason: "would lead to " + host + ", which belongs to the product itself: choose another"}
		}
	}
	return nil
}

// AddDomain leads a host to the tenant. The first domain is primary.
//
// Errors: [*tenant.InvalidError], also for a host below one of [Config]'s Bases;
// [tenant.ErrExists] where another tenant has it.
func (m *Manager) AddDomain(ctx context.Context, id tenant.ID, raw string) (*tenant.Tenant, error) {
	host, err := m.domain(raw)
	if err != nil {
		return nil, fmt.Errorf("add domain: %w", err)
	}
	return m.edit(ctx, id, "add domain", func(t *tenant.Tenant) (string, error) {
		if domainIndex(t, host) >= 0 {
			return "", nil
		}
		t.Domains = append(t.Domains, tenant.Domain{Host: host, Primary: len(t.Domains) == 0})
		return host, nil
	})
}

// removeDomain is the one edit of a tenant that is being deleted: a host that
// somebody else has by now would be in the way of its restore.
const removeDomain = "remove domain"

// RemoveDomain takes a host away. Where it was the primary one, the next becomes
// primary.
func (m *Manager) RemoveDomain(ctx context.Context, id tenant.ID, raw string) (*tenant.Tenant, error) {
	return m.withDomain(ctx, id, raw, removeDomain, func(t *tenant.Tenant, i int) {
		t.Domains = slices.Delete(t.Domains, i, i+1)
		if len(t.Domains) > 0 && t.PrimaryHost() == "" {
			t.Domains[0].Primary = true
		}
	})
}

// PrimaryDomain makes one of the tenant's hosts the primary one.
func (m *Manager) PrimaryDomain(ctx context.Context, id tenant.ID, raw string) (*tenant.Tenant, error) {
	return m.withDomain(ctx, id, raw, "primary domain", func(t *tenant.Tenant, i int) {
		for n := range t.Domains {
			t.Domains[n].Primary = n == i
		}
	})
}

func (m *Manager) withDomain(ctx context.Context, id tenant.ID, raw, action string, f func(*tenant.Tenant, int)) (*tenant.Tenant, error) {
	host, err := ident.Host(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	return m.edit(ctx, id, action, func(t *tenant.Tenant) (string, error) {
		i := domainIndex(t, host)
		if i < 0 {
			return "", fmt.Errorf("tenant %s has no domain %s: %w", t.Slug, host, tenant.ErrNotFound)
		}
		f(t, i)
		return host, nil
	})
}

func domainIndex(t *tenant.Tenant, host string) int {
	return slices.IndexFunc(t.Domains, func(d tenant.Domain) bool { return d.Host == host })
}
