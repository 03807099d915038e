package resolve_test

import (
	"net/http"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Query("tenant"))
	check(t, resolver, at("/?tenant=acme&x=1"), slug("acme"))
	check(t, resolver, at("/?tenant=acme.example"), host("acme.example"))
	check(t, resolver, at("/"), nothing())
	check(t, resolver, at("/?x=1"), nothing())
	checkInvalid(t, resolver, at("/?tenant="))
	checkInvalid(t, resolver, at("/?tenant=acme&tenant=potter"))
	checkInvalid(t, resolver, at("/?tenant=acme;x=1"))
	if _, err := resolve.Query(""); err == nil {
		t.Error("an empty parameter was accepted")
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Cookie("tenant"))
	check(t, resolver, at("/", with("Cookie", "x=1; tenant=acme")), slug("acme"))
	check(t, resolver, at("/"), nothing())
	checkInvalid(t, resolver, at("/", with("Cookie", "tenant=")))
	checkInvalid(t, resolver, at("/", with("Cookie", "tenant=acme; tenant=potter")))
	if _, err := resolve.Cookie("a b"); err == nil {
		t.Error("a malformed name was accepted")
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	resolver := resolve.Claim(func(r *http.Request) (string, bool) {
		user, _, ok := r.BasicAuth()
		return user, ok
	})
	check(t, resolver, at("/", func(r *http.Request) { r.SetBasicAuth("acme", "") }), slug("acme"))
	check(t, resolver, at("/"), nothing())
	checkInvalid(t, resolver, at("/", func(r *http.Request) { r.SetBasicAuth("Acme!", "") }))
}

func TestPath(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Path("/t/"))
	acme := slug("acme")
	acme.Strip = "/t/acme"
	for target, want := range map[string]resolve.Match{
		"/t/acme/polls":      acme,
		"/t/acme/":           acme,
		"/t/acme":            acme,
		"/t/acme?x=1":        acme,
		"/t/acme/a%2Fb":      acme,
		"/t/acme/a%20b":      acme,
		"/t/acme/../potter/": acme,
		"/t/":                nothing(),
		"/t":                 nothing(),
		"/":                  nothing(),
		"/polls":             nothing(),
		"/T/acme":            nothing(),
		"/x/t/acme":          nothing(),
	} {
		t.Run(target, func(t *testing.T) { check(t, resolver, at(target), want) })
	}
	for _, target := range []string{"/t//x", "/t/../x", "/t/Acme/", "/t/ac%6de/", "/t/acme%2Fx", "/t/acme%00/", "/t/public/", "/t/a.b/"} {
		t.Run(target, func(t *testing.T) { checkInvalid(t, resolver, at(target)) })
	}
}

func TestPathPrefixes(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "t", "/t", "t/", "//", "/t//", "/../", "/t x/", "/tä/", "/t%20/"} {
		if _, err := resolve.Path(bad); err == nil {
			t.Errorf("Path(%q) was accepted", bad)
		}
	}
	root := resolve.Must(resolve.Path("/"))
	want := slug("acme")
	want.Strip = "/acme"
	check(t, root, at("/acme/polls"), want)
	check(t, root, at("/"), nothing())
}

func TestChain(t *testing.T) {
	t.Parallel()
	c := resolve.Chain(
		resolve.Must(resolve.Subdomain("polls.localhost")),
		resolve.Must(resolve.Query("tenant")),
		resolve.Must(resolve.Default("thor")),
	)
	check(t, c, at("http://acme.polls.localhost/?tenant=potter"), slug("acme"))
	check(t, c, at("http://polls.localhost/?tenant=potter"), central())
	check(t, c, at("http://other.example/?tenant=potter"), slug("potter"))
	check(t, c, at("http://other.example/"), slug("thor"))
	check(t, resolve.Chain(), at("/"), nothing())
}

// A wrong name must not be served as the default tenant.
func TestChainStopsAtAMalformedValue(t *testing.T) {
	t.Parallel()
	c := resolve.Chain(
		resolve.Must(resolve.Subdomain("polls.localhost")),
		resolve.Must(resolve.Query("tenant")),
		resolve.Must(resolve.Default("thor")),
	)
	checkInvalid(t, c, at("http://other.example/?tenant=Bad!"))
	checkInvalid(t, c, request("pg-catalog.polls.localhost"))
}

func TestDefaultIsASlug(t *testing.T) {
	t.Parallel()
	if _, err := resolve.Default("Not a slug"); err == nil {
		t.Error("a malformed default was accepted")
	}
}

func TestMustPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("Must let an error pass")
		}
	}()
	resolve.Must(resolve.Subdomain("co.uk"))
}
