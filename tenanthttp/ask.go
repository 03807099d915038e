package tenanthttp

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// AskPath is where a front proxy asks: mount [Ask] there, outside the middleware.
const AskPath = "/_rowhouse/ask"

// Ask answers a front proxy that is about to get a certificate, such as Caddy with
// on-demand TLS: 200 where the host in the query parameter "domain" is a live
// tenant's, by its domains or by its slug below a base of resolver, or is central to
// resolver, as its bases are; 404 for all others; 503 where the directory does not answer.
//
// It costs what a lookup in the directory costs: with a cache, strangers' names reach
// no database twice.
func Ask(resolver resolve.Resolver, directory Directory, options Options) http.Handler {
	a := asked{resolve.Bases(resolver), resolve.CentralHosts(resolver), directory}
	options = options.withDefaults()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		err := a.known(r.Context(), r.URL.Query().Get("domain"))
		switch {
		case err == nil:
			w.WriteHeader(http.StatusOK)
		case errors.Is(err, tenant.ErrNotFound):
			w.WriteHeader(http.StatusNotFound)
		default:
			options.Log.ErrorContext(r.Context(), "tenant lookup failed", "asked", true, "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}

type asked struct {
	bases     []string
	central   []string
	directory Directory
}

// known returns nil for a host that is served, or [tenant.ErrNotFound].
func (a asked) known(ctx context.Context, raw string) error {
	const www = "www."
	host, err := ident.Domain(raw)
	if err != nil {
		return tenant.ErrNotFound
	}
	if slices.Contains(a.central, host) {
		return nil
	}
	for _, base := range a.bases {
		if slug, below := strings.CutSuffix(host, "."+base); below {
			return a.slug(ctx, slug)
		}
	}
	err = a.live(ctx, tenant.ByHost(host))
	if bare, cut := strings.CutPrefix(host, www); cut && errors.Is(err, tenant.ErrNotFound) {
		err = a.live(ctx, tenant.ByHost(bare))
	}
	return err
}

func (a asked) slug(ctx context.Context, slug string) error {
	if ident.Slug(slug) != nil {
		return tenant.ErrNotFound
	}
	return a.live(ctx, tenant.BySlug(slug))
}

func (a asked) live(ctx context.Context, key tenant.Key) error {
	t, err := a.directory.Lookup(ctx, key)
	switch {
	case err != nil:
		return err
	case t == nil:
		return errNoTenant
	case !t.Status.Live():
		return tenant.ErrNotFound
	}
	return nil
}
