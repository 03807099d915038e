package proxy_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rowhouse-go/rowhouse/silo/proxy"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// What somebody who can write the registry would try.
func injections() []string {
	return []string{
		"", "*", "*.example", "~^.*$", "a.example; }", "a.example\n}", "a.example {", "a.example\r", "a.example # ", "a.example\\", `a.example"`, "a.example'",
		"a example", "a.example\t9", "$host", "${host}", "{env.SECRET}", "{$SECRET}", "a.example,b.example", "a..example", ".example", "default;", "\\default",
		"include /etc/passwd", "a\x00b", "a/../b", "http://a.example", "com", "co.uk", "localhost", "127.0.0.1", "[::1]", "a_b.example", "-a.example", "é\u2028.example",
		strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 200) + "example",
	}
}

func TestHostsCannotInject(t *testing.T) {
	t.Parallel()
	for _, host := range injections() {
		site := street()
		site.Routes = append(site.Routes, proxy.Route{Host: host, Upstream: "127.0.0.1:9003"})
		refused(t, "host "+host, site)
	}
}

func TestAddressesCannotInject(t *testing.T) {
	t.Parallel()
	for _, text := range injections() {
		for _, upstream := range []string{text, text + ":80;", "127.0.0.1:" + text} {
			site := street()
			site.Routes = append(site.Routes, proxy.Route{Host: "third.example", Upstream: upstream})
			refused(t, "upstream "+upstream, site)
			site = street()
			site.Upstream = upstream
			refused(t, "shared upstream "+upstream, site)
			site = street()
			site.Listen = []string{"80", upstream}
			refused(t, "listen "+upstream, site)
		}
	}
}

func TestPathsAndHeadersCannotInject(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "relative.pem", "/etc/a\";", "/etc/a'", "/etc/$host", "/etc/{env.X}", "/etc/a\n", "/etc/a\\"} {
		site := street()
		site.Certificates = []proxy.Certificate{{Host: "a.example", File: path, Key: "/etc/a.key"}}
		refused(t, "file "+path, site)
		site.Certificates = []proxy.Certificate{{Host: "a.example", File: "/etc/a.pem", Key: path}}
		refused(t, "key "+path, site)
	}
	for _, name := range []string{"", "X Tenant", "X-Tenant;", "X-Tenant\n", "X\"", "$http_x", "{x}"} {
		site := street()
		site.Drop = []string{name}
		refused(t, "header "+name, site)
	}
}

func refused(t *testing.T, what string, site proxy.Site) {
	t.Helper()
	for name, make := range map[string]func(proxy.Site) ([]byte, error){"nginx": proxy.Nginx, "caddy": proxy.Caddy} {
		text, err := make(site)
		if _, ok := errors.AsType[*tenant.InvalidError](err); !ok || text != nil {
			t.Errorf("%s, %q: got %v, want an InvalidError and no text", name, what, err)
		}
	}
}

// Whatever is accepted, it adds a line for its host and changes no other.
func TestAnAcceptedHostAddsItsLineAndNothingElse(t *testing.T) {
	t.Parallel()
	site := street()
	plain, err := proxy.Nginx(site)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9.-]{1,30}`)).Draw(t, "host")
		more := site
		more.Routes = append([]proxy.Route{{Host: host, Upstream: "127.0.0.1:9001"}}, site.Routes...)
		text, err := proxy.Nginx(more)
		if err != nil {
			return
		}
		if added := strings.Count(string(text), "\n") - strings.Count(string(plain), "\n"); added > 3 || added < 0 {
			t.Fatalf("%q adds %d lines", host, added)
		}
		if braces := strings.Count(string(text), "{") - strings.Count(string(plain), "{"); braces != 0 {
			t.Fatalf("%q adds %d blocks", host, braces)
		}
	})
}

func TestAHostOfTwoApplicationsIsRefused(t *testing.T) {
	t.Parallel()
	site := street()
	site.Routes = append(site.Routes, proxy.Route{Host: "ACME.example.", Upstream: "127.0.0.1:9002"})
	if _, err := proxy.Nginx(site); !errors.Is(err, proxy.ErrAmbiguous) {
		t.Errorf("got %v, want ErrAmbiguous", err)
	}
	site.Routes[len(site.Routes)-1].Upstream = "127.0.0.1:9001" // the same twice is no harm
	if _, err := proxy.Nginx(site); err != nil {
		t.Error(err)
	}
}
