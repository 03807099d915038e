package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// List implements [Reader]. It reads the whole table.
func (q *Query) List(ctx context.Context, f Filter) ([]*tenant.Tenant, error) {
	all, err := q.read(ctx, "")
	if err == nil {
		err = distinct(all)
	}
	if err != nil {
		return nil, fmt.Errorf("registry.query: list: %w", err)
	}
	matching := slices.DeleteFunc(all, func(t *tenant.Tenant) bool { return !f.matches(t) })
	slices.SortFunc(matching, func(a, b *tenant.Tenant) int {
		return cmp.Or(cmp.Compare(a.Slug, b.Slug), slices.Compare(a.ID[:], b.ID[:]))
	})
	return matching, nil
}

// matches reports whether the filter selects t.
func (f Filter) matches(t *tenant.Tenant) bool {
	for k, v := range f.Labels {
		if got, ok := t.Labels[k]; !ok || got != v {
			return false
		}
	}
	sameSlug := func(slug string) bool { return strings.EqualFold(slug, t.Slug) }
	return (len(f.Statuses) > 0 || t.Status != tenant.Deleted) &&
		(len(f.Statuses) == 0 || slices.Contains(f.Statuses, t.Status)) &&
		(len(f.Slugs) == 0 || slices.ContainsFunc(f.Slugs, sameSlug)) &&
		(len(f.IDs) == 0 || slices.Contains(f.IDs, t.ID)) &&
		(f.Level == "" || f.Level == t.Placement.Level)
}

// distinct finds tenants that would be taken for each other.
func distinct(all []*tenant.Tenant) error {
	ids, schemas := map[tenant.ID]string{}, map[string]string{}
	for _, t := range all {
		if other, twice := ids[t.ID]; twice {
			return &tenant.InvalidError{Field: "id", Value: t.ID.String(), Reason: "is that of two rows, " + other + " and " + t.Slug}
		}
		ids[t.ID] = t.Slug
		if t.Placement.Level != tenant.Schema {
			continue
		}
		if other, twice := schemas[t.Placement.Schema]; twice {
			return &tenant.InvalidError{Field: "schema", Value: t.Placement.Schema, Reason: "is that of two tenants, " + other + " and " + t.Slug}
		}
		schemas[t.Placement.Schema] = t.Slug
	}
	return nil
}
