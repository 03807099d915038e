package proxy_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rowhouse-go/rowhouse/silo/proxy"
)

var update = flag.Bool("update", false, "write the golden files anew")

func street() proxy.Site {
	return proxy.Site{
		Upstream: "127.0.0.1:8080",
		Routes: []proxy.Route{
			{Host: "potter.polls.example", Upstream: "127.0.0.1:9002"},
			{Host: "acme.example", Upstream: "127.0.0.1:9001"},
			{Host: "acme.polls.example", Upstream: "127.0.0.1:9001"},
		},
		Certificates: []proxy.Certificate{
			{Host: "*.polls.example", File: "/etc/ssl/polls.pem", Key: "/etc/ssl/polls.key"},
			{Host: "acme.example", File: "/etc/ssl/acme.pem", Key: "/etc/ssl/acme.key"},
		},
		Drop: []string{"X-Tenant"},
	}
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(proxy.Site) ([]byte, error){"nginx.conf": proxy.Nginx, "Caddyfile": proxy.Caddy} {
		got, err := make(street())
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs (%v): run with -update, and read the difference\n%s", path, err, got)
		}
	}
}
