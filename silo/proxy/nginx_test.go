package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/nginxtest"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/silo/proxy"
)

// front is a real nginx before applications that say who they are.
type front struct {
	running *nginxtest.Nginx
	program proxy.Program
	address string
	site    proxy.Site
}

// application answers with its name and what the proxy told it, and echoes what
// comes on an upgraded connection.
func application(t *testing.T, name string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			echo(w)
			return
		}
		fmt.Fprintln(w, name)
		for _, header := range []string{"X-Real-Ip", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Tenant"} {
			fmt.Fprintln(w, header, r.Header.Values(header))
		}
		fmt.Fprintln(w, "Host", r.Host)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func echo(w http.ResponseWriter) {
	conn, stream, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = stream.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_ = stream.Flush()
	line, _ := stream.ReadString('\n')
	_, _ = stream.WriteString("echo " + line)
	_ = stream.Flush()
}

// begin runs nginx before the site; spoil may change the configuration.
func begin(t *testing.T, site proxy.Site, spoil func(string) string) *front {
	t.Helper()
	port, err := pglocal.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	f := &front{address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), site: site}
	f.site.Listen = []string{f.address}
	routes, err := proxy.Nginx(f.site)
	if err != nil {
		t.Fatal(err)
	}
	f.running = nginxtest.Start(t, spoil(string(routes)))
	f.program = proxy.NginxProgram(f.running.Path, f.file("nginx.conf"))
	f.await(t, "nobody.example", "shared")
	return f
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *front) file(name string) string { return f.running.File(name) }

// get returns what a host answers: the application's name, then a line per header.
func (f *front) get(ctx context.Context, client *http.Client, host, path string) (status int, text string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+f.address+path, nil)
	if err != nil {
		return 0, "", err
	}
	request.Host = host
	request.Header.Set("X-Tenant", "potter")
	request.Header.Set("X-Real-Ip", "192.0.2.1")
	request.Header.Set("X-Forwarded-For", "192.0.2.1")
	request.Header.Set("Forwarded", "host=potter.example")
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// await returns once host is answered by the application of that name: nginx takes a
// moment to start, and to read its configuration anew.
func (f *front) await(t *testing.T, host, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		_, text, err := f.get(ctx, http.DefaultClient, host, "/")
		if err == nil && strings.HasPrefix(text, name+"\n") {
			return
		}
		select {
		case <-f.running.Done():
			t.Fatalf("nginx ended by itself:\n%s", f.running.Log())
		case <-ctx.Done():
			t.Fatalf("%s is answered %q, %v, want %s\n%s", host, text, err, name, f.running.Log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// misled returns the hosts that do not reach the application of that name.
func (f *front) misled(t *testing.T, want map[string]string) (hosts []string) {
	t.Helper()
	for host, name := range want {
		_, text, err := f.get(t.Context(), http.DefaultClient, host, "/")
		if err != nil || !strings.HasPrefix(text, name+"\n") {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

func untouched(text string) string { return text }

// Hosts whose names mean something to nginx, or to the way it reads its files.
func oddHosts() []string {
	return []string{"default", "hostnames", "include", "volatile", "test.example", "new.example", "root", "server", "xn--bcher-kva.example"}
}

func houses(t *testing.T) (site proxy.Site, want map[string]string) {
	acme, potter := application(t, "acme"), application(t, "potter")
	site = proxy.Site{Upstream: application(t, "shared"), Drop: []string{"X-Tenant"}, Routes: []proxy.Route{
		{Host: "acme.example", Upstream: acme}, {Host: "acme.polls.localhost", Upstream: acme}, {Host: "potter.example", Upstream: potter},
	}}
	for _, host := range oddHosts() {
		site.Routes = append(site.Routes, proxy.Route{Host: host, Upstream: potter})
	}
	want = map[string]string{
		"acme.example": "acme", "ACME.Example": "acme", "acme.example.:80": "acme", "acme.example:8443": "acme", "acme.polls.localhost": "acme",
		"potter.example": "potter", "x.potter.example": "shared", "example": "shared", "nobody": "shared", "127.0.0.1": "shared", "[::1]:80": "shared",
	}
	for _, host := range oddHosts() {
		want[host] = "potter"
	}
	return site, want
}

func TestEachHostReachesItsOwnApplication(t *testing.T) {
	t.Parallel()
	site, want := houses(t)
	f := begin(t, site, untouched)
	if wrong := f.misled(t, want); len(wrong) > 0 {
		t.Errorf("misled: %q", wrong)
	}
	if status, text, err := f.get(t.Context(), http.DefaultClient, "acme.example", "/_rowhouse/ask?domain=acme.example"); status != http.StatusNotFound || strings.Contains(text, "acme") {
		t.Errorf("strangers may ask for domains: %d %q %v", status, text, err)
	}
	_, text, err := f.get(t.Context(), http.DefaultClient, "acme.example:8443", "/")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"Host acme.example:8443", "X-Real-Ip [127.0.0.1]", "X-Forwarded-For [127.0.0.1]", "X-Forwarded-Host [acme.example:8443]",
		"X-Forwarded-Proto [http]", "Forwarded []", "X-Tenant []",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the application does not see %q:\n%s", line, text)
		}
	}
}

// A request line that names one host, under a Host header that names another.
func TestTheHostThatIsRoutedByIsTheOneThatIsPassedOn(t *testing.T) {
	t.Parallel()
	site, _ := houses(t)
	f := begin(t, site, untouched)
	answer := f.raw(t, "GET http://acme.example/ HTTP/1.1\r\nHost: potter.example\r\nConnection: close\r\n\r\n")
	if !strings.Contains(answer, "\nacme\n") || !strings.Contains(answer, "\nHost acme.example\n") {
		t.Errorf("answered\n%s", answer)
	}
}

func TestWebsocketsGoThrough(t *testing.T) {
	t.Parallel()
	site, _ := houses(t)
	f := begin(t, site, untouched)
	answer := f.raw(t, "GET / HTTP/1.1\r\nHost: acme.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 101 ") || !strings.HasSuffix(answer, "echo hello\n") {
		t.Errorf("answered %q", answer)
	}
}

func (f *front) raw(t *testing.T, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", f.address)
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

// Saboteur: a configuration whose silos lead to each other's applications.
func TestARouteToTheWrongUpstreamIsCaught(t *testing.T) {
	t.Parallel()
	site, want := houses(t)
	f := begin(t, site, func(text string) string {
		return strings.NewReplacer("rowhouse_silo_1;", "rowhouse_silo_2;", "rowhouse_silo_2;", "rowhouse_silo_1;").Replace(text)
	})
	if wrong := f.misled(t, want); len(wrong) < len(oddHosts()) {
		t.Errorf("only %q were noticed", wrong)
	}
}
