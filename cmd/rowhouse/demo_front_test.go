package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

// siloList knows the applications of silos by their slugs.
type siloList map[string]string

// Lookup implements [tenanthttp.Directory].
func (l siloList) Lookup(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
	upstream, ok := l[key.Value]
	if !ok {
		return nil, tenant.ErrNotFound
	}
	return &tenant.Tenant{ID: tenant.NewID(), Slug: key.Value, Status: tenant.Active, Placement: tenant.Placement{Level: tenant.Silo, Upstream: upstream}}, nil
}

// What somebody sends to the demo reaches the silo of the host that it is for, which is
// told that host and no other.
func TestTheDemosFrontIsNotMisled(t *testing.T) {
	t.Parallel()
	silos := siloList{}
	for _, slug := range []string{"thor", "loki"} {
		app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "at %s: %s\n%v", slug, r.Host, r.Header)
		}))
		defer app.Close()
		silos[slug] = app.Listener.Addr().String()
	}
	entry := tenanthttp.New(resolve.Must(resolve.Subdomain(demoHost)), silos, tenanthttp.Options{})
	front := httptest.NewServer(entry(toSilos()))
	defer front.Close()
	const lies = "X-Forwarded-Host: loki\r\nX-Forwarded-For: loki\r\nX-Real-IP: loki\r\nForwarded: host=loki\r\nX-Forwarded-Proto: loki\r\n"
	for name, c := range map[string]struct{ line, headers, want string }{
		"lies":            {"/", "Host: thor." + demoHost + "\r\n" + lies, "at thor: thor." + demoHost + "\n"},
		"request line":    {"http://thor." + demoHost + "/", "Host: loki." + demoHost + "\r\n", "at thor: thor." + demoHost + "\n"},
		"case, dot, port": {"/", "Host: THOR." + demoHost + ".:81\r\n", "at thor: THOR." + demoHost + ".:81\n"},
		"two hosts":       {"/", "Host: thor." + demoHost + "\r\nHost: loki." + demoHost + "\r\n", "400 Bad Request"},
		"below a silo":    {"/", "Host: loki.thor." + demoHost + "\r\n", " 404 Not Found"},
		"look-alike":      {"/", "Host: lоki." + demoHost + "\r\n", " 400 Bad Request"},
	} {
		answer := sendRaw(t, front.Listener.Addr().String(), "GET "+c.line+" HTTP/1.1\r\n"+c.headers+"Connection: close\r\n\r\n")
		if !strings.Contains(answer, c.want) || strings.Contains(answer, "at loki") || strings.Contains(answer, "[loki") {
			t.Errorf("%s: answered\n%s", name, answer)
		}
	}
}

func sendRaw(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}
