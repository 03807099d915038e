package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// unknownTenant is a name that nobody has, with the names that look like it.
type unknownTenant struct {
	name string
	near []string
}

func (e *unknownTenant) Error() string {
	if len(e.near) > 0 {
		return fmt.Sprintf("no tenant %q; did you mean %s?", clip(e.name), strings.Join(e.near, " or "))
	}
	return fmt.Sprintf("no tenant %q; see rowhouse tenant list", clip(e.name))
}

// Is makes the error a [tenant.ErrNotFound].
func (e *unknownTenant) Is(target error) bool { return target == tenant.ErrNotFound }

// find returns the tenant with this slug, id or domain, whatever its status.
func find(ctx context.Context, h *rowhouse.House, name string) (*tenant.Tenant, error) {
	t, err := h.Lifecycle().Find(ctx, keyOf(name))
	if errors.Is(err, tenant.ErrNotFound) {
		return nil, &unknownTenant{name, near(ctx, h, name)}
	}
	return t, err
}

func keyOf(name string) tenant.Key {
	if id, err := tenant.ParseID(name); err == nil {
		return tenant.ByID(id)
	}
	if strings.Contains(name, ".") {
		return tenant.ByHost(strings.ToLower(name))
	}
	return tenant.BySlug(name)
}

// near lists the slugs that a mistyped name may have meant, the nearest first.
func near(ctx context.Context, h *rowhouse.House, name string) []string {
	const most, longest = 3, 64
	if len(name) > longest {
		return nil
	}
	all, err := h.Registry().List(ctx, registry.Filter{})
	if err != nil {
		return nil // the hint is not worth a second error
	}
	var slugs []string
	for _, t := range all {
		if t.Status.Live() && distance(name, t.Slug) <= 1+len(name)/4 {
			slugs = append(slugs, t.Slug)
		}
	}
	slices.SortStableFunc(slugs, func(a, b string) int { return cmp.Compare(distance(name, a), distance(name, b)) })
	return slugs[:min(len(slugs), most)]
}

// distance counts the single-byte edits between two names (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// clip keeps hostile input from filling the screen.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
