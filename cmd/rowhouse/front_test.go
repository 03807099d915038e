package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// front is a real nginx with the routes that rowhouse proxy config writes.
type front struct {
	running *pglocal.Companion
	address string
}

// nginx runs until the test ends.
func (b *boxes) nginx() *front {
	b.t.Helper()
	var main strings.Builder
	main.WriteString("daemon off;\nworker_processes 2;\nerror_log stderr;\npid HERE/nginx.pid;\nevents {}\nhttp {\naccess_log off;\n")
	for _, temp := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&main, "%s_temp_path HERE/%s;\n", temp, temp)
	}
	main.WriteString("include HERE/rowhouse.conf;\n}\n")
	files := map[string]string{"nginx.conf": main.String(), "rowhouse.conf": b.must("proxy", "config", "--for", "nginx")}
	// nginx keeps its state under full names, as an operator's does.
	begin := `sed -i "s|HERE|$PWD|" nginx.conf && exec ` + pgtest.Need(b.t, "nginx") + ` -c "$PWD/nginx.conf"`
	running, err := pglocal.StartCompanion(b.t.Context(), "/bin/sh", files, "-c", begin)
	if err != nil {
		b.t.Fatal(err)
	}
	t := b.t
	t.Cleanup(func() {
		if err := running.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	f := &front{running: running, address: b.front}
	f.await(b.t, "one")
	return f
}

// reload has nginx use the routes as they are now.
func (f *front) reload(b *boxes) {
	b.t.Helper()
	b.must("proxy", "config", "--for", "nginx", "--out", filepath.Join(f.running.Dir(), "rowhouse.conf"),
		"--main", filepath.Join(f.running.Dir(), "nginx.conf"), "--program", pgtest.Need(b.t, "nginx"), "--reload")
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
			t.Fatalf("%s: %d, %v\n%s", slug, status, err, f.running.Log())
		}
	}
}
