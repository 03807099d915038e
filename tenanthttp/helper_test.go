package tenanthttp_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

// street is a directory of the tenants in it, by key.
type street map[tenant.Key]*tenant.Tenant

func (s street) Lookup(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
	if t, ok := s[key]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("street: %s: %w", key, tenant.ErrNotFound)
}

// withTenants has one active tenant for each slug.
func withTenants(slugs ...string) street {
	s := street{}
	for _, slug := range slugs {
		s.add(slug, tenant.Active)
	}
	return s
}

func (s street) add(slug string, status tenant.Status) *tenant.Tenant {
	t := &tenant.Tenant{ID: tenant.NewID(), Slug: slug, Status: status}
	s[tenant.BySlug(slug)] = t
	return t
}

type lookupFunc func(context.Context, tenant.Key) (*tenant.Tenant, error)

func (f lookupFunc) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	return f(ctx, key)
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func subdomain() resolve.Resolver { return resolve.Must(resolve.Subdomain("polls.localhost")) }

// whoami answers with the tenant and the path that a handler sees.
func whoami(w http.ResponseWriter, r *http.Request) {
	t, err := tenant.FromContext(r.Context())
	if err != nil {
		_, _ = io.WriteString(w, "central")
		return
	}
	_, _ = io.WriteString(w, t.Slug+" "+r.URL.EscapedPath()+tenanthttp.Prefix(r.Context()))
}

// serve sends one request through the middleware to handler.
func serve(t *testing.T, r *http.Request, resolver resolve.Resolver, d tenanthttp.Directory, o tenanthttp.Options, handler http.HandlerFunc) *http.Response {
	t.Helper()
	if o.Log == nil {
		o.Log = silent()
	}
	w := httptest.NewRecorder()
	tenanthttp.New(resolver, d, o)(handler).ServeHTTP(w, r)
	return w.Result()
}

func get(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
