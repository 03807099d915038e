package ident_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestHostHasOneForm(t *testing.T) {
	t.Parallel()
	label63 := strings.Repeat("a", 63)
	for _, c := range []struct{ name, raw, want string }{
		{"already canonical", "acme.example.com", "acme.example.com"},
		{"single label", "intranet", "intranet"},
		{"port", "acme.example.com:8080", "acme.example.com"},
		{"empty port", "acme.example.com:", "acme.example.com"},
		{"trailing dot", "acme.example.com.", "acme.example.com"},
		{"trailing dot and port", "acme.example.com.:443", "acme.example.com"},
		{"upper case", "ACME.Example.COM", "acme.example.com"},
		{"IDNA", "bücher.example", "xn--bcher-kva.example"},
		{"IDNA upper case", "BÜCHER.example", "xn--bcher-kva.example"},
		{"IDNA decomposed", "bu\u0308cher.example", "xn--bcher-kva.example"},
		{"punycode upper case", "XN--BCHER-KVA.example", "xn--bcher-kva.example"},
		{"not transitional", "straße.example", "xn--strae-oqa.example"},
		{"ideographic dot", "acme。example", "acme.example"},
		{"full-width letters", "ａｃｍｅ.example", "acme.example"},
		{"IPv4", "192.0.2.7:80", "192.0.2.7"},
		{"full-width IPv4", "１９２.0.2.7", "192.0.2.7"},
		{"IPv6 literal", "[2001:db8::1]", "2001:db8::1"},
		{"IPv6 literal and port", "[2001:db8::1]:8080", "2001:db8::1"},
		{"IPv6 without brackets", "2001:db8::1", "2001:db8::1"},
		{"IPv6 long and upper case", "[2001:0DB8:0:0:0:0:0:1]:80", "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.7]:80", "192.0.2.7"},
		{"longest label", label63 + ".example", label63 + ".example"},
		{"longest name", strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 126) + "a"},
		{"digits inside", "7up.example", "7up.example"},
		{"two hyphens", "a--b.example", "a--b.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := ident.Host(c.raw)
			if err != nil || got != c.want {
				t.Fatalf("Host(%q) = %q, %v; want %q", c.raw, got, err, c.want)
			}
		})
	}
}

func TestHostRefuses(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"empty":                       "",
		"only a dot":                  ".",
		"only a port":                 ":80",
		"empty label first":           ".example.com",
		"empty label inside":          "acme..example.com",
		"two trailing dots":           "acme.example.com..",
		"label of 64":                 strings.Repeat("a", 64) + ".example",
		"name of 254":                 strings.Repeat("a.", 126) + "aa",
		"international too long":      strings.Repeat("ü", 60) + ".example",
		"huge":                        strings.Repeat("ü", 100_000),
		"padding that IDNA drops":     "acme" + strings.Repeat("\u00ad", 600) + ".example",
		"hyphen first":                "-acme.example",
		"hyphen last":                 "acme-.example",
		"hyphen by mapping":           "－acme.example",
		"reserved hyphens":            "ab--c.example",
		"broken punycode":             "xn--\u00e9.example",
		"punycode of ASCII":           "xn--acme-.example",
		"underscore":                  "a_b.example",
		"space":                       "a b.example",
		"leading space":               " acme.example",
		"tab":                         "acme\t.example",
		"newline":                     "acme.example\r\nX: y",
		"NUL":                         "acme\x00.example",
		"DEL":                         "acme\x7f.example",
		"at":                          "user@acme.example",
		"slash":                       "acme.example/polls",
		"backslash":                   `acme\.example`,
		"percent":                     "acme%2eexample",
		"comma":                       "acme.example,potter.example",
		"quote":                       "acme'--.example",
		"asterisk":                    "*.example.com",
		"invalid UTF-8":               "acme\xff.example",
		"full-width slash":            "acme／x.example",
		"mixed directions":            "aא.example",
		"port of letters":             "acme.example:http",
		"port too large":              "acme.example:65536",
		"port twice":                  "acme.example:80:80",
		"negative port":               "acme.example:-1",
		"zone":                        "[fe80::1%eth0]:80",
		"zone without brackets":       "fe80::1%eth0",
		"bracket open":                "[::1",
		"bracket closed":              "::1]",
		"bracketed IPv4":              "[192.0.2.7]",
		"bracketed name":              "[acme.example]",
		"dot after brackets":          "[::1].",
		"dot and port after brackets": "[::1].:80",
		"dot after IPv6":              "::1.",
		"text after brackets":         "[::1]x:80",
		"IPv4 with octal":             "0177.0.0.1",
		"IPv4 too short":              "127.1",
		"IPv4 as one number":          "2130706433",
		"IPv4 in hexadecimal":         "0x7f000001",
		"IPv4 out of range":           "256.0.0.1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ident.Host(raw)
			bad, ok := errors.AsType[*tenant.InvalidError](err)
			if !ok || bad.Field != "host" || bad.Value != raw || bad.Reason == "" {
				t.Fatalf("Host(%.80q) = %q, %v; want an InvalidError that says why", raw, got, err)
			}
		})
	}
}

func TestDomainRefusesWhatNobodyOwnsAlone(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"co.uk", "com", "CO.UK.", "com:443", "localhost", "LOCALHOST.", "127.0.0.1", "[::1]", "公司.cn", "a..b",
	} {
		if got, err := ident.Domain(host); err == nil {
			t.Errorf("Domain(%q) = %q; want an error", host, got)
		}
	}
}

func TestDomainAllowsInternalNames(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"acme.co.uk", "acme.com", "acme.localhost", "acme.polls.localhost", "acme.test", "acme.local",
		"intranet", "acme.internal", "xn--bcher-kva.example", "acme.github.io",
	} {
		if got, err := ident.Domain(host); err != nil || got != host {
			t.Errorf("Domain(%q) = %q, %v", host, got, err)
		}
	}
}

// One slow host in front of each request would cost more than the rest of it.
func TestCanonicalHostsCostNoAllocation(t *testing.T) {
	for _, host := range []string{"acme.polls.localhost", "acme.polls.localhost:8080", "acme.polls.localhost.:8080"} {
		if n := testing.AllocsPerRun(100, func() { _, _ = ident.Host(host) }); n != 0 {
			t.Errorf("Host(%q) makes %v allocations", host, n)
		}
	}
}

func FuzzHost(f *testing.F) {
	for _, raw := range []string{
		"acme.example.com:80", "[::1]:80", "BÜCHER.example.", "xn--bcher-kva", "a。b", "1.2.3.4", "0x.a", "::", "[", "%", "ß.ẞ",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		once, err := ident.Host(raw)
		if err != nil {
			return
		}
		if len(once) == 0 || len(once) > ident.MaxHost || strings.Trim(once, "abcdefghijklmnopqrstuvwxyz0123456789-.:") != "" {
			t.Fatalf("Host(%q) = %q", raw, once)
		}
		if twice, err := ident.Host(once); err != nil || twice != once {
			t.Fatalf("Host(%q) = %q, but Host of that = %q, %v", raw, once, twice, err)
		}
	})
}

func BenchmarkHost(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = ident.Host("acme.polls.localhost:8080")
	}
}
