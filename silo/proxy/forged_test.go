package proxy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/silo/proxy"
)

// mirror is an application that repeats its request's head under its own name.
func mirror(t *testing.T, name string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s\nHost: %s\r\n", name, r.Host)
		_ = r.Header.Write(w)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// forged are requests for acme that also say potter, or 192.0.2.1 of who sent them.
func forged() map[string]string {
	get := func(line, headers string) string {
		return "GET " + line + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n"
	}
	lies := "Forwarded: host=potter.example;for=192.0.2.1\r\nX-Real-IP: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\nX_Tenant: potter\r\nX_Forwarded_Host: potter.example\r\n"
	for _, name := range []string{
		"Tenant", "Forwarded-Host", "Forwarded-Server", "Forwarded-Port", "Forwarded-Prefix", "Forwarded-Scheme", "Forwarded-Ssl", "Forwarded-Proto",
		"Host", "Original-Host", "HTTP-Host-Override", "Original-URL", "Rewrite-URL",
	} {
		lies += "X-" + name + ": potter\r\n"
	}
	return map[string]string{
		"claims":                  get("/", "Host: acme.example\r\n"+lies),
		"claims that are hidden":  get("/", "Host: acme.example\r\n"+lies+"Connection: Host, X-Real-IP, X-Forwarded-For, X-Forwarded-Host\r\n"),
		"two hosts":               get("/", "Host: acme.example\r\nHost: potter.example\r\n"),
		"a list of hosts":         get("/", "Host: acme.example, potter.example\r\n"),
		"a second line":           get("/", "Host: acme.example\r\n potter.example\r\n"),
		"a space in front":        get("/", "Host: acme.example\r\nHost : potter.example\r\n"),
		"a port that is none":     get("/", "Host: acme.example:potter.example\r\n"),
		"a user":                  get("/", "Host: potter.example@acme.example\r\n"),
		"a path in the host":      get("/", "Host: acme.example/potter.example\r\n"),
		"a zero":                  get("/", "Host: acme.example\x00.potter.example\r\n"),
		"the request line":        get("http://acme.example:81/", "Host: potter.example\r\n"),
		"the request line's user": get("http://potter.example@acme.example/", "Host: potter.example\r\n"),
		"case, dot and port":      get("/", "Host: ACME.Example.:8443\r\n"),
		"two lengths": "POST / HTTP/1.1\r\nHost: acme.example\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
			"0\r\n\r\nGET / HTTP/1.1\r\nHost: potter.example\r\n\r\n",
		"another protocol": get("/", "Host: acme.example\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings\r\n"),
	}
}

// Whatever is refused: no other application is reached, and the one that is reached is
// told nothing that the proxy does not know to be true.
func TestForgedRequestsReachNobodyElse(t *testing.T) {
	t.Parallel()
	site := proxy.Site{Upstream: mirror(t, "shared"), Drop: []string{"X-Tenant"}, Routes: []proxy.Route{
		{Host: "acme.example", Upstream: mirror(t, "acme")}, {Host: "potter.example", Upstream: mirror(t, "potter")},
	}}
	f := begin(t, site, func(text string) string {
		return "underscores_in_headers on; # somebody wanted that elsewhere\n" + text
	})
	served := 0
	for name, request := range forged() {
		answer := f.raw(t, request)
		if !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
			continue
		}
		served++
		for _, lie := range []string{"potter", "shared\n", "192.0.2.1", "Upgrade: "} {
			if strings.Contains(answer, lie) {
				t.Errorf("%s: %q in\n%s", name, lie, answer)
			}
		}
		if !strings.Contains(answer, "acme\nHost: acme.example") || !strings.Contains(answer, "X-Forwarded-Host: acme.example") {
			t.Errorf("%s: answered\n%s", name, answer)
		}
	}
	if served < 5 {
		t.Errorf("%d requests were answered: does nginx run?", served)
	}
}

// What is not an ASCII name is nobody's, whatever it may look like.
func TestHostsThatLookAlike(t *testing.T) {
	t.Parallel()
	site, _ := houses(t)
	f := begin(t, site, untouched)
	for _, host := range []string{"ａｃｍｅ.example", "аcme.example", "bücher.example", "acme.example..", "acme.example%00", ""} {
		answer := f.raw(t, "GET / HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
		if strings.HasPrefix(answer, "HTTP/1.1 200 ") && !strings.Contains(answer, "\nshared\n") {
			t.Errorf("%q: answered\n%s", host, answer)
		}
	}
}
