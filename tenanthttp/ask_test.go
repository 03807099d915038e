package tenanthttp_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

// ask returns what the handler answers about a host.
func ask(d tenanthttp.Directory, host string) int {
	resolver := resolve.Chain(subdomain(), resolve.Must(resolve.Domain(resolve.Central("status.example", "app.polls.localhost"))), resolve.Must(resolve.Default("acme")))
	w := httptest.NewRecorder()
	handler := tenanthttp.Ask(resolver, d, tenanthttp.Options{Log: silent()})
	handler.ServeHTTP(w, get(tenanthttp.AskPath+"?domain="+url.QueryEscape(host)))
	return w.Code
}

func TestOnlyLiveTenantsHostsGetCertificates(t *testing.T) {
	t.Parallel()
	s := withTenants("acme")
	s[tenant.ByHost("acme.example")] = s.add("acme", tenant.Active)
	s[tenant.ByHost("late.example")] = s.add("late", tenant.Suspended)
	s[tenant.ByHost("gone.example")] = s.add("gone", tenant.Deleting)
	for host, want := range map[string]int{
		"acme.example": 200, "ACME.example.": 200, "www.acme.example": 200, "late.example": 200,
		"acme.polls.localhost": 200, "late.polls.localhost": 200, "polls.localhost": 200, "www.polls.localhost": 200,
		"status.example": 200, "www.status.example": 404, "app.polls.localhost": 200,
		"gone.example": 404, "gone.polls.localhost": 404, "nobody.example": 404, "nobody.polls.localhost": 404,
		"x.acme.polls.localhost": 404, "x.acme.example": 404, "": 404, "acme": 404, "127.0.0.1": 404, "localhost": 404, "com": 404,
		"*.example": 404, "acme.example/..": 404, strings.Repeat("a", 1<<16): 404,
	} {
		if got := ask(s, host); got != want {
			t.Errorf("%.80q: %d, want %d", host, got, want)
		}
	}
}

func TestADirectoryThatFailsIsNoRefusal(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]lookupFunc{
		"fails":   func(context.Context, tenant.Key) (*tenant.Tenant, error) { return nil, errors.New("no connection") },
		"is mute": func(context.Context, tenant.Key) (*tenant.Tenant, error) { return nil, nil },
	} {
		if got := ask(d, "acme.example"); got != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// Names that can be nobody's cost no lookup.
func TestMalformedHostsReachNoDirectory(t *testing.T) {
	t.Parallel()
	d := lookupFunc(func(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
		t.Errorf("looked up %s", key)
		return nil, tenant.ErrNotFound
	})
	for _, host := range []string{"", "a_b.example", "A B.polls.localhost", "a--b.polls.localhost", "www.polls.localhost", "::1"} {
		ask(d, host)
	}
}
