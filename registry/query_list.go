package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// List implements [Reader]. It reads the whole table. Rows that cannot be served are
// [tenant.Failed]; those without an id are left out: [Query.Faults] lists both.
func (q *Query) List(ctx context.Context, f Filter) ([]*tenant.Tenant, error) {
	all, err := q.all(ctx)
	if err != nil {
		return nil, fmt.Errorf("registry.query: list: %w", err)
	}
	var matching []*tenant.Tenant
	for _, l := range all {
		q.warn(l)
		if l.tenant != nil && f.matches(l.tenant) {
			matching = append(matching, l.tenant)
		}
	}
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
