package rowhouse_test

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestLoadReadsTheProxy(t *testing.T) {
	t.Parallel()
	c, err := loaded(t, `
silo:
  proxy:
    upstream: 127.0.0.1:8000
    listen: [80, "[::]:80"]
    listen_tls: [443]
    certificates:
      "*.polls.example": {certificate: tls/wild.pem, key: /etc/wild.key}
`)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Silo.Proxy
	if p.Upstream != "127.0.0.1:8000" || !slices.Equal(p.Listen, []string{"80", "[::]:80"}) || !slices.Equal(p.ListenTLS, []string{"443"}) {
		t.Errorf("%+v", p)
	}
	wild := p.Certificates["*.polls.example"]
	if !filepath.IsAbs(wild.File) || filepath.Base(wild.File) != "wild.pem" || wild.Key != "/etc/wild.key" {
		t.Errorf("%+v", wild)
	}
	if _, err := loaded(t, `silo: {proxy: {certificates: {a.example: {certificate: a.pem}}}}`); err == nil {
		t.Error("a certificate without its key is accepted")
	}
}
