package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Rename changes the slug. The schema keeps its name: it carries the slug of the
// tenant's birth and is never reused.
func (m *Manager) Rename(ctx context.Context, id tenant.ID, slug string) (*tenant.Tenant, error) {
	if err := m.slug(slug); err != nil {
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

// edit changes the record of a tenant that is not deleted. An empty detail means
// that nothing changed.
func (m *Manager) edit(ctx context.Context, id tenant.ID, action string, f func(*tenant.Tenant) (string, error)) (*tenant.Tenant, error) {
	t, err := m.change(ctx, id, func(t *tenant.Tenant) (string, string, error) {
		if !t.Status.Live() && action != removeDomain {
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
