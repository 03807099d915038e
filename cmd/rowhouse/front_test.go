package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/nginxtest"
)

// front is a real nginx with the routes that rowhouse proxy config writes.
type front struct {
	*nginxtest.Nginx
	address string
}

// nginx runs until the test ends.
func (b *boxes) nginx() *front {
	b.t.Helper()
	f := &front{nginxtest.Start(b.t, b.must("proxy", "config", "--for", "nginx")), b.front}
	f.await(b.t, "one")
	return f
}

// reload has nginx use the routes as they are now.
func (f *front) reload(b *boxes) {
	b.t.Helper()
	b.must("proxy", "config", "--for", "nginx", "--out", f.File(nginxtest.Routes), "--main", f.File(nginxtest.Main), "--program", f.Path, "--reload")
}

// ask asks a tenant's host.
func (f *front) ask(method, slug, path, body string) (status int, err error) {
	request, err := http.NewRequest(method, "http://"+f.address+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Host = slug + ".polls.localhost"
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func (f *front) get(t *testing.T, slug, path string) int {
	t.Helper()
	return f.send(t, http.MethodGet, slug, path, "")
}

func (f *front) send(t *testing.T, method, slug, path, body string) int {
	t.Helper()
	status, err := f.ask(method, slug, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// await returns once a tenant's host answers well.
func (f *front) await(t *testing.T, slug string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		status, err := f.ask(http.MethodGet, slug, "/tenant", "")
		if err == nil && status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %d, %v\n%s", slug, status, err, f.Log())
		}
	}
}
