package app

import (
	"cmp"
	"context"
	"net/http"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// brandOf is how the site looks: each tenant's settings say.
func brandOf(ctx context.Context) brand {
	t, err := tenant.FromContext(ctx)
	if err != nil {
		return brand{Name: "Polls"}
	}
	b := brand{Name: cmp.Or(t.Name, t.Slug)}
	b.Color, _ = tenant.Setting[string](t.Settings, "color")
	b.Accent, _ = tenant.Setting[string](t.Settings, "accent")
	b.Logo, _ = tenant.Setting[string](t.Settings, "logo")
	return b
}

func showTenant(w http.ResponseWriter, r *http.Request) error {
	t, err := tenant.FromContext(r.Context())
	if err != nil {
		return err
	}
	settings := tenant.Settings{} // never null
	if t.Settings != nil {
		settings = t.Settings
	}
	return respond(w, http.StatusOK, map[string]any{"slug": t.Slug, "name": t.Name, "settings": settings})
}
