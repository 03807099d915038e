package proxy_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/nginxtest"
	"github.com/rowhouse-go/rowhouse/silo/proxy"
)

func (f *front) install(t *testing.T) error {
	t.Helper()
	text, err := proxy.Nginx(f.site)
	if err != nil {
		t.Fatal(err)
	}
	return f.program.Install(t.Context(), f.file("rowhouse.conf"), text)
}

// Neighbours do not notice that a silo is added: each of their requests is answered.
func TestAReloadDropsNoRequest(t *testing.T) {
	t.Parallel()
	site, want := houses(t)
	f := begin(t, site, untouched)
	var stop atomic.Bool
	var requests, failures atomic.Int64
	var flowing sync.WaitGroup
	for range 4 {
		flowing.Go(func() {
			// A new connection each, so that none is saved by being sent twice.
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for !stop.Load() {
				status, text, err := f.get(t.Context(), client, "acme.example", "/")
				requests.Add(1)
				if err != nil || status != http.StatusOK || !strings.HasPrefix(text, "acme\n") {
					failures.Add(1)
				}
			}
		})
	}
	for _, host := range []string{"third.example", "fourth.example", "fifth.example"} {
		f.site.Routes = append(f.site.Routes, proxy.Route{Host: host, Upstream: application(t, host)})
		if err := f.install(t); err != nil {
			t.Error(err)
			break
		}
		f.await(t, host, host)
	}
	stop.Store(true)
	flowing.Wait()
	if failures.Load() > 0 || requests.Load() == 0 {
		t.Errorf("%d of %d requests failed", failures.Load(), requests.Load())
	}
	if wrong := f.misled(t, want); len(wrong) > 0 {
		t.Errorf("misled afterwards: %q", wrong)
	}
}

// The file is fine by itself, and not together with what else the server has.
func TestWhatNginxRefusesIsTakenBack(t *testing.T) {
	t.Parallel()
	site, want := houses(t)
	f := begin(t, site, untouched)
	before, err := os.ReadFile(f.file("rowhouse.conf"))
	if err != nil {
		t.Fatal(err)
	}
	f.site.Routes = append(f.site.Routes, proxy.Route{Host: "third.example", Upstream: f.site.Upstream})
	write(t, f.file("nginx.conf"), nginxtest.MainText(f.running.Dir())+"http {}\n")
	err = f.install(t)
	if refused, ok := errors.AsType[*proxy.RefusedError](err); !ok || refused.Output == "" {
		t.Errorf("got %v, want a RefusedError", err)
	}
	if after, err := os.ReadFile(f.file("rowhouse.conf")); err != nil || string(after) != string(before) {
		t.Errorf("the file was not restored: %v", err)
	}
	if wrong := f.misled(t, want); len(wrong) > 0 {
		t.Errorf("misled afterwards: %q", wrong)
	}
}

func TestABrokenConfigurationIsNotInstalled(t *testing.T) {
	t.Parallel()
	site, _ := houses(t)
	f := begin(t, site, untouched)
	before, err := os.ReadFile(f.file("rowhouse.conf"))
	if err != nil {
		t.Fatal(err)
	}
	err = f.program.Install(t.Context(), f.file("rowhouse.conf"), []byte("map $host {\n"))
	if _, ok := errors.AsType[*proxy.RefusedError](err); !ok {
		t.Errorf("got %v, want a RefusedError", err)
	}
	if after, err := os.ReadFile(f.file("rowhouse.conf")); err != nil || string(after) != string(before) {
		t.Errorf("the file was touched: %v", err)
	}
}
