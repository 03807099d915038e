package resolve_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// request is GET / for host from 192.0.2.1, changed by edits.
func request(host string, edits ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host, r.RemoteAddr = host, "192.0.2.1:1234"
	for _, edit := range edits {
		edit(r)
	}
	return r
}

func with(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func from(remoteAddr string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = remoteAddr }
}

func at(target string, edits ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for _, edit := range edits {
		edit(r)
	}
	return r
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func slug(s string) resolve.Match { return resolve.Match{Key: tenant.BySlug(s)} }

func host(s string) resolve.Match { return resolve.Match{Key: tenant.ByHost(s)} }

func nothing() resolve.Match { return resolve.Match{} }

func central() resolve.Match { return resolve.Match{Central: true} }

func check(t *testing.T, resolver resolve.Resolver, r *http.Request, want resolve.Match) {
	t.Helper()
	got, err := resolver.Resolve(r)
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func checkInvalid(t *testing.T, resolver resolve.Resolver, r *http.Request) {
	t.Helper()
	got, err := resolver.Resolve(r)
	if _, ok := errors.AsType[*tenant.InvalidError](err); !ok || got.Found() {
		t.Errorf("got %+v, %v; want an InvalidError and no key", got, err)
	}
}
