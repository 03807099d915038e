package resolve_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// hostile is what people put where a tenant's name belongs.
func hostile() []string {
	return []string{
		"' OR '1'='1", "'; DROP SCHEMA public CASCADE; --", `" OR ""="`, `acme"; --`, "acme' --", "acme/**/",
		"acme, public", "1 OR 1=1", "acme;SELECT pg_sleep(9)", "$1", "%27", "%00", "acme\x00", "acme\n", "\\", "'", `"`, ";",
		"../potter", "..", ".", "/", "acme/../potter", `..\potter`, "file:///etc/passwd", "acme?x=1", "acme#x",
		"Acme", "ACME", "ácme", "аcme", "acme\u200b", "\u202eacme", "\xff\xfe", "pg_catalog", "pg-temp", "public", "www",
		"-acme", "acme-", "a--b", "acme_x", "acme ", " acme", "*", "%", "_", "${jndi:ldap://x}", "{{7*7}}", "<script>alert(1)</script>",
		strings.Repeat("a", 49), strings.Repeat("a", 1<<20), "",
	}
}

// What gets through has no character that SQL, a path or a page could misread.
func TestHostileKeysNeverLeaveTheResolver(t *testing.T) {
	t.Parallel()
	header := resolve.Must(resolve.Header("X-Tenant", prefix("0.0.0.0/0")))
	query := resolve.Must(resolve.Query("tenant"))
	claim := resolve.Claim(func(r *http.Request) (string, bool) { return r.Header.Get("X-Claim"), true })
	for _, bad := range hostile() {
		checkInvalid(t, header, request("any.example", with("X-Tenant", bad)))
		checkInvalid(t, query, at("/?tenant="+url.QueryEscape(bad)))
		checkInvalid(t, claim, request("any.example", with("X-Claim", bad)))
	}
}

func TestHostileHostsNeverLeaveTheResolver(t *testing.T) {
	t.Parallel()
	resolver := resolve.Must(resolve.Subdomain("polls.localhost"))
	for _, bad := range hostile() {
		m, err := resolver.Resolve(request(bad + ".polls.localhost"))
		if err == nil && m.Key.Kind != tenant.KeyNone && ident.Slug(m.Key.Value) != nil {
			t.Errorf("%.80q became %v", bad, m.Key)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, value := range append(hostile(), "acme", "acme.example", someID) {
		if len(value) < 100 {
			f.Add(value)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		key, err := resolve.ParseKey(value)
		if (err == nil) != (key.Kind != tenant.KeyNone) {
			t.Fatalf("ParseKey(%q) = %v, %v", value, key, err)
		}
		if strings.Trim(key.Value, "abcdefghijklmnopqrstuvwxyz0123456789-.:") != "" {
			t.Fatalf("ParseKey(%q) let %q through", value, key.Value)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, path := range []string{"/t/acme/polls", "/t/acme", "/t/", "/t//x", "/t/ac%6de/x", "/t/a%2Fb", "/%74/acme", "/t/acme/../b"} {
		f.Add(path)
	}
	resolver := resolve.Must(resolve.Path("/t/"))
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.Parse(target)
		if err != nil {
			return
		}
		m, err := resolver.Resolve(&http.Request{URL: u})
		if err != nil || !m.Found() {
			return
		}
		if ident.Slug(m.Key.Value) != nil || m.Strip != "/t/"+m.Key.Value {
			t.Fatalf("%q: %+v", target, m)
		}
		if !strings.HasPrefix(u.Path, m.Strip) || u.RawPath != "" && !strings.HasPrefix(u.EscapedPath(), m.Strip) {
			t.Fatalf("%q: %q cannot be stripped", target, m.Strip)
		}
	})
}
