package resolve_test

import (
	"net/netip"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func noPrefix() netip.Prefix { return netip.Prefix{} }

const someID = "0198c2a0-0000-7000-8000-0000000000aa"

func TestHeaderFromATrustedPeer(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Header("x-tenant", prefix("127.0.0.1/32"), prefix("fe80::/10")))
	for name, peer := range map[string]string{
		"IPv4":         "127.0.0.1:5000",
		"IPv4 in IPv6": "[::ffff:127.0.0.1]:5000",
		"IPv6 zone":    "[fe80::1%eth0]:5000",
	} {
		t.Run(name, func(t *testing.T) {
			check(t, resolver, request("any.example", with("X-Tenant", "acme"), from(peer)), slug("acme"))
		})
	}
	check(t, resolver, request("any.example", from("127.0.0.1:1")), nothing())
}

func TestForgedHeaderCountsAsAbsent(t *testing.T) {
	t.Parallel()
	nobody := resolve.Must(resolve.Header("X-Tenant"))
	check(t, nobody, request("any.example", with("X-Tenant", "acme"), from("127.0.0.1:1")), nothing())

	resolver := resolve.Must(resolve.Header("X-Tenant", prefix("127.0.0.1/32")))
	for _, peer := range []string{"192.0.2.1:80", "127.0.0.2:80", "[::1]:80", "", "@", "/run/app.sock", "127.0.0.1"} {
		forged := request("any.example", with("X-Tenant", "acme"), from(peer))
		forged.Header.Set("X-Forwarded-For", "127.0.0.1")
		check(t, resolver, forged, nothing())
	}
	check(t, resolver, request("any.example", with("X-Tenant", "'; DROP TABLE"), from("192.0.2.1:1")), nothing())
}

func TestHeaderGivenTwiceIsAnError(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Header("X-Tenant", prefix("127.0.0.1/32")))
	checkInvalid(t, resolver, request("any.example", with("X-Tenant", "acme", "potter"), from("127.0.0.1:1")))
}

func TestHeaderIsConfiguredWrongly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "X Tenant", "X-Tenant:", "Host", "host", "X-Ténant"} {
		if _, err := resolve.Header(name); err == nil {
			t.Errorf("Header(%q) was accepted", name)
		}
	}
	if _, err := resolve.Header("X-Tenant", noPrefix()); err == nil {
		t.Error("the zero prefix was accepted")
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]tenant.Key{
		"acme":                                 tenant.BySlug("acme"),
		"acme.example":                         tenant.ByHost("acme.example"),
		"Acme.Example:443":                     tenant.ByHost("acme.example"),
		"[2001:db8::1]":                        tenant.ByHost("2001:db8::1"),
		someID:                                 {Kind: tenant.KeyID, Value: someID},
		"0198C2A0-0000-7000-8000-0000000000AA": {Kind: tenant.KeyID, Value: someID},
		"a-slug-that-is-as-long-as-one-id-isx": tenant.BySlug("a-slug-that-is-as-long-as-one-id-isx"),
		"zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz": tenant.BySlug("zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"),
	} {
		got, err := resolve.ParseKey(value)
		if err != nil || got != want {
			t.Errorf("ParseKey(%q) = %v, %v; want %v", value, got, err, want)
		}
	}
}
