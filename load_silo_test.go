package rowhouse_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse"
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

func TestLoadReadsTheRuntime(t *testing.T) {
	t.Parallel()
	c, err := loaded(t, `
silo:
  runtime: compose
  idle_stop: 30m
  app: {command: [/polls, serve]}
  compose:
    image: polls:1.4
    database_image: postgres:18
    limits: {memory: 64m, cpus: 0.25}
    database_limits: {memory: 1g}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := rowhouse.Compose{
		Image: "polls:1.4", DatabaseImage: "postgres:18", Rowhouse: "/rowhouse",
		Limits: rowhouse.Limits{Memory: "64m", CPUs: 0.25}, DatabaseLimits: rowhouse.Limits{Memory: "1g"},
	}
	if c.Silo.Runtime != rowhouse.ComposeRuntime || c.Silo.Compose != want || c.Silo.IdleStop != 30*time.Minute {
		t.Errorf("%s, %s, %+v", c.Silo.Runtime, c.Silo.IdleStop, c.Silo.Compose)
	}
	if c, err := loaded(t, "silo: {dir: x}"); err != nil || c.Silo.Runtime != rowhouse.ProcessRuntime {
		t.Errorf("without a key the runtime is %q, %v", c.Silo.Runtime, err)
	}
	for _, wrong := range []string{"runtime: podman", "compose: {limits: {memory: a lot}}", "compose: {database_limits: {cpus: -1}}", "idle_stop: 1s"} {
		if _, err := loaded(t, "silo: {"+wrong+"}"); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}
