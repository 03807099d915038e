package resolve_test

import (
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestSubdomain(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Subdomain("Polls.Localhost.", resolve.Central("status.polls.localhost")))
	for raw, want := range map[string]resolve.Match{
		"acme.polls.localhost":      slug("acme"),
		"acme.polls.localhost:8080": slug("acme"),
		"acme.polls.localhost.":     slug("acme"),
		"ACME.Polls.LocalHost.:80":  slug("acme"),
		"ａｃｍｅ.polls.localhost":      slug("acme"),
		"polls.localhost":           central(),
		"polls.localhost:8080":      central(),
		"www.polls.localhost":       central(),
		"status.polls.localhost":    central(),
		"a.b.polls.localhost":       nothing(),
		"www.acme.polls.localhost":  nothing(),
		"acme.polls.localhost.evil": nothing(),
		"evilpolls.localhost":       nothing(),
		"localhost":                 nothing(),
		"acme.example":              nothing(),
		"127.0.0.1:8080":            nothing(),
		"[::1]:8080":                nothing(),
	} {
		t.Run(raw, func(t *testing.T) { check(t, resolver, request(raw), want) })
	}
}

func TestSubdomainRefuses(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Subdomain("polls.localhost"))
	for _, raw := range []string{
		"", ".polls.localhost", "acme..polls.localhost", "acme_x.polls.localhost", "-acme.polls.localhost",
		"acme.polls.localhost,potter.polls.localhost", "acme.polls.localhost/x", "acme@polls.localhost",
		"public.polls.localhost", "pg-catalog.polls.localhost", "bücher.polls.localhost",
		strings.Repeat("a", 49) + ".polls.localhost", "acme.polls.localhost:x",
	} {
		t.Run(raw, func(t *testing.T) { checkInvalid(t, resolver, request(raw)) })
	}
}

func TestSubdomainBase(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "co.uk", "com", "127.0.0.1", "::1", "a..b", "*.example.com"} {
		if _, err := resolve.Subdomain(base); err == nil {
			t.Errorf("Subdomain(%q) was accepted", base)
		}
	}
	for _, base := range []string{"localhost", "polls.localhost", "example.co.uk", "myshopify.com", "intranet"} {
		if _, err := resolve.Subdomain(base); err != nil {
			t.Errorf("Subdomain(%q): %v", base, err)
		}
	}
}

func TestDomain(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Domain(resolve.Central("example.com")))
	for raw, want := range map[string]resolve.Match{
		"acme.example":       host("acme.example"),
		"Acme.Example.:443":  host("acme.example"),
		"bücher.example":     host("xn--bcher-kva.example"),
		"intranet":           host("intranet"),
		"example.com:80":     central(),
		"www.acme.example":   {Key: tenant.ByHost("www.acme.example"), Fallback: tenant.ByHost("acme.example")},
		"wwwacme.example":    host("wwwacme.example"),
		"192.0.2.7:80":       nothing(),
		"[2001:db8::1]:8080": nothing(),
	} {
		t.Run(raw, func(t *testing.T) { check(t, resolver, request(raw), want) })
	}
	checkInvalid(t, resolver, request("acme..example"))
	checkInvalid(t, resolver, request("[fe80::1%25eth0]:80"))
}

func TestForwardedHost(t *testing.T) {
	t.Parallel()
	forwarded := with("X-Forwarded-Host", "acme.example")
	unaware := resolve.Must(resolve.Domain())
	aware := resolve.Must(resolve.Domain(resolve.ForwardedHost(prefix("10.0.0.0/8"))))

	check(t, unaware, request("proxy.example", forwarded, from("10.0.0.1:1")), host("proxy.example"))
	check(t, aware, request("proxy.example", forwarded, from("10.0.0.1:1")), host("acme.example"))
	check(t, aware, request("proxy.example", forwarded, from("192.0.2.1:1")), host("proxy.example"))
	check(t, aware, request("proxy.example", from("10.0.0.1:1")), host("proxy.example"))
	checkInvalid(t, aware, request("proxy.example", with("X-Forwarded-Host", "a.example, b.example"), from("10.0.0.1:1")))
	checkInvalid(t, aware, request("proxy.example", with("X-Forwarded-Host", "a.example", "b.example"), from("10.0.0.1:1")))
}

func TestHostOptionsAreChecked(t *testing.T) {
	t.Parallel()
	if _, err := resolve.Domain(resolve.Central("a..b")); err == nil {
		t.Error("a malformed central host was accepted")
	}
	if _, err := resolve.Subdomain("polls.localhost", resolve.ForwardedHost(noPrefix())); err == nil {
		t.Error("the zero prefix was accepted")
	}
}

func TestHotPathCostsNoAllocation(t *testing.T) {
	r := request("acme.polls.localhost:8080", with("X-Tenant", "acme"), from("10.0.0.1:1"))
	for name, resolver := range map[string]resolve.Resolver{
		"subdomain": resolve.Must(resolve.Subdomain("polls.localhost")),
		"domain":    resolve.Must(resolve.Domain()),
		"header":    resolve.Must(resolve.Header("X-Tenant", prefix("10.0.0.0/8"))),
		"chain": resolve.Chain(
			resolve.Must(resolve.Path("/t/")),
			resolve.Must(resolve.Subdomain("example.com")),
			resolve.Must(resolve.Domain())),
	} {
		if n := testing.AllocsPerRun(100, func() { _, _ = resolver.Resolve(r) }); n != 0 {
			t.Errorf("%s makes %v allocations", name, n)
		}
	}
}
