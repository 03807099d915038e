package tenanthttp_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

func TestRequestEntersItsTenant(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"acme.polls.localhost":       "acme /x",
		"ACME.polls.localhost.:8080": "acme /x",
		"potter.polls.localhost":     "potter /x",
		"polls.localhost":            "central",
		"www.polls.localhost:8080":   "central",
	} {
		r := get("/x")
		r.Host = host
		if got := body(t, serve(t, r, subdomain(), withTenants("acme", "potter"), tenanthttp.Options{}, whoami)); got != want {
			t.Errorf("%s: %s; want %s", host, got, want)
		}
	}
}

func TestWWWFallsBackToTheBareDomain(t *testing.T) {
	t.Parallel()
	d := withTenants("acme", "potter")
	d[tenant.ByHost("acme.example")] = d[tenant.BySlug("acme")]
	d[tenant.ByHost("potter.example")] = d[tenant.BySlug("potter")]
	d[tenant.ByHost("www.potter.example")] = d[tenant.BySlug("acme")]
	domain := resolve.Must(resolve.Domain())
	for host, want := range map[string]string{
		"acme.example":       "acme /",
		"www.acme.example":   "acme /",
		"potter.example":     "potter /",
		"www.potter.example": "acme /",
	} {
		if got := body(t, serve(t, get("http://"+host+"/"), domain, d, tenanthttp.Options{}, whoami)); got != want {
			t.Errorf("%s: %s; want %s", host, got, want)
		}
	}
}

// While nobody can say whose www.acme.example is, it is not acme.example's.
func TestWWWDoesNotFallBackInAnOutage(t *testing.T) {
	t.Parallel()
	d := lookupFunc(func(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
		if key == tenant.ByHost("www.acme.example") {
			return nil, errors.New("connection refused")
		}
		return &tenant.Tenant{ID: tenant.NewID(), Slug: "acme", Status: tenant.Active}, nil
	})
	res := serve(t, get("http://www.acme.example/"), resolve.Must(resolve.Domain()), d, tenanthttp.Options{}, whoami)
	checkProblem(t, res, http.StatusServiceUnavailable, "registry-unavailable")
}

type callerKey struct{}

// The context is the caller's with a tenant: values, cancellation, nesting.
func TestContextKeepsWhatItHad(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), callerKey{}, "kept"))
	r := get("http://acme.polls.localhost/").WithContext(ctx)
	other := &tenant.Tenant{ID: tenant.NewID(), Slug: "other"}
	serve(t, r, subdomain(), withTenants("acme"), tenanthttp.Options{}, func(_ http.ResponseWriter, r *http.Request) {
		if r.Context().Value(callerKey{}) != "kept" {
			t.Error("a value of the caller is lost")
		}
		child, stop := context.WithCancel(r.Context())
		defer stop()
		nested := tenant.NewContext(child, other)
		if inner, err := tenant.FromContext(nested); err != nil || inner.Slug != "other" {
			t.Errorf("nested: %v, %v", inner, err)
		}
		if outer, err := tenant.FromContext(child); err != nil || outer.Slug != "acme" {
			t.Errorf("outer: %v, %v", outer, err)
		}
		cancel()
		<-child.Done()
	})
}

// The middleware overrides a tenant that an outer context names.
func TestInnermostTenantHolds(t *testing.T) {
	t.Parallel()
	r := get("http://acme.polls.localhost/")
	r = r.WithContext(tenant.NewContext(r.Context(), &tenant.Tenant{ID: tenant.NewID(), Slug: "outer"}))
	if got := body(t, serve(t, r, subdomain(), withTenants("acme"), tenanthttp.Options{}, whoami)); got != "acme /" {
		t.Error(got)
	}
}

func TestCallersRequestIsUntouched(t *testing.T) {
	t.Parallel()
	r := get("http://any.example/t/acme/polls?x=1")
	path := resolve.Must(resolve.Path("/t/"))
	if got := body(t, serve(t, r, path, withTenants("acme"), tenanthttp.Options{}, whoami)); got != "acme /polls/t/acme" {
		t.Error(got)
	}
	if r.URL.Path != "/t/acme/polls" {
		t.Errorf("the path of the caller became %s", r.URL.Path)
	}
	if _, err := tenant.FromContext(r.Context()); err == nil {
		t.Error("the context of the caller names a tenant")
	}
}

// No directory is asked about what cannot be a tenant's name.
func TestGarbageNeverReachesTheDirectory(t *testing.T) {
	t.Parallel()
	d := lookupFunc(func(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
		t.Errorf("the directory was asked for %s", key)
		return nil, tenant.ErrNotFound
	})
	for _, host := range []string{"", "' OR 1=1.polls.localhost", "a_b.polls.localhost", "public.polls.localhost", "..", "other.example"} {
		r := get("/")
		r.Host = host
		if res := serve(t, r, subdomain(), d, tenanthttp.Options{}, whoami); res.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %s", host, res.Status)
		}
	}
}

func TestPatternAndPathValuesWork(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /polls/{id}/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Pattern + " " + r.PathValue("id")))
	})
	w := httptest.NewRecorder()
	tenanthttp.New(subdomain(), withTenants("acme"), tenanthttp.Options{})(mux).ServeHTTP(w, get("http://acme.polls.localhost/polls/7/"))
	if got := w.Body.String(); got != "GET /polls/{id}/ 7" {
		t.Error(got)
	}
}
