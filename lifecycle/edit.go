package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Rename changes the slug. The schema keeps its name: it carries the slug of the
// tenant's birth and is never reused.
func (m *Manager) Rename(ctx context.Context, id tenant.ID, slug string) (*tenant.Tenant, error) {
	if err := ident.Slug(slug); err != nil {
		return nil, fmt.Errorf("rename: %w", err)
	}
	return m.edit(ctx, id, "rename", func(t *tenant.Tenant) (string, error) {
		if t.Slug == slug {
			return "", nil
		}
		detail := t.Slug + " → " + slug
		if t.Name == t.Slug {
			t.Name = slug
		}
		t.Slug = slug
		return detail, nil
	})
}

// Edit is a change of a tenant's record. Nil fields stay as they are.
type Edit struct {
	Name     *string
	Settings map[string]json.RawMessage // null removes a setting
	Labels   map[string]string          // an empty value removes a label
}

// Edit changes name, settings and labels.
func (m *Manager) Edit(ctx context.Context, id tenant.ID, e Edit) (*tenant.Tenant, error) {
	return m.edit(ctx, id, "edit", func(t *tenant.Tenant) (string, error) {
		var changed []string
		if e.Name != nil && *e.Name != t.Name {
			t.Name = *e.Name
			changed = append(changed, "name")
		}
		for key, value := range e.Settings {
			changed = append(changed, "setting "+key)
			if string(value) == "null" {
				delete(t.Settings, key)
				continue
			}
			if t.Settings == nil {
				t.Settings = tenant.Settings{}
			}
			t.Settings[key] = value
		}
		for key, value := range e.Labels {
			changed = append(changed, "label "+key)
			if value == "" {
				delete(t.Labels, key)
				continue
			}
			if t.Labels == nil {
				t.Labels = map[string]string{}
			}
			t.Labels[key] = value
		}
		slices.Sort(changed)
		return strings.Join(changed, ", "), nil
	})
}

// AddDomain leads a host to the tenant. The first domain is primary.
func (m *Manager) AddDomain(ctx context.Context, id tenant.ID, raw string) (*tenant.Tenant, error) {
	host, err := ident.Domain(raw)
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

// RemoveDomain takes a host away. Where it was the primary one, the next becomes
// primary.
func (m *Manager) RemoveDomain(ctx context.Context, id tenant.ID, raw string) (*tenant.Tenant, error) {
	return m.withDomain(ctx, id, raw, "remove domain", func(t *tenant.Tenant, i int) {
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

// edit changes the record of a tenant that is not gone. An empty detail means
// that nothing changed.
func (m *Manager) edit(ctx context.Context, id tenant.ID, action string, f func(*tenant.Tenant) (string, error)) (*tenant.Tenant, error) {
	t, err := m.change(ctx, id, func(t *tenant.Tenant) (string, string, error) {
		if !t.Status.Live() {
			return "", "", &tenant.StatusError{Slug: t.Slug, Status: t.Status}
		}
		detail, err := f(t)
		if detail == "" {
			return "", "", err
		}
		return action, detail, err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	return t, nil
}
