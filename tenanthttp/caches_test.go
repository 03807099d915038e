package tenanthttp_test

import (
	"net/http"
	"net/netip"
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

// A cache between us and the browsers must not give one tenant's page to another's
// visitors.
func TestCachesAreToldWhatDecides(t *testing.T) {
	t.Parallel()
	cookie := resolve.Must(resolve.Cookie("tenant"))
	header := resolve.Must(resolve.Header("x-tenant", netip.MustParsePrefix("192.0.2.0/24")))
	forwarded := resolve.Must(resolve.Subdomain("polls.localhost", resolve.ForwardedHost(netip.MustParsePrefix("192.0.2.0/24"))))
	for name, c := range map[string]struct {
		resolver resolve.Resolver
		want     []string
	}{
		"host":      {subdomain(), nil},
		"cookie":    {cookie, []string{"Cookie"}},
		"header":    {header, []string{"X-Tenant"}},
		"forwarded": {forwarded, []string{"X-Forwarded-Host"}},
		"chain":     {resolve.Chain(header, cookie, subdomain(), cookie), []string{"Cookie, X-Tenant"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := get("http://acme.polls.localhost/")
			r.AddCookie(&http.Cookie{Name: "tenant", Value: "acme"})
			r.Header.Set("X-Tenant", "acme")
			res := serve(t, r, c.resolver, withTenants("acme"), tenanthttp.Options{}, whoami)
			if got := res.Header["Vary"]; res.StatusCode != http.StatusOK || !slices.Equal(got, c.want) {
				t.Errorf("%d, Vary %q, want %q", res.StatusCode, got, c.want)
			}
		})
	}
}

func TestCookiesStayInTheTenantsPath(t *testing.T) {
	t.Parallel()
	res := serve(t, get("http://localhost/t/acme/login"), byPath(), withTenants("acme"), tenanthttp.Options{},
		func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "a", Path: "/", HttpOnly: true})
			http.SetCookie(w, &http.Cookie{Name: "staff", Value: "b", Path: "/admin/"})
			http.SetCookie(w, &http.Cookie{Name: "own", Value: "c", Path: "/t/acme/x"})
			http.SetCookie(w, &http.Cookie{Name: "plain", Value: "d"})
		})
	want := []string{
		"session=a; Path=/t/acme/; HttpOnly", "staff=b; Path=/t/acme/admin/", "own=c; Path=/t/acme/x", "plain=d",
	}
	if got := res.Header["Set-Cookie"]; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
