package main

import (
	"strings"
	"testing"
)

func TestATerminalShowsTheRate(t *testing.T) {
	t.Parallel()
	p := newProject(t, slow())
	p.must("tenant", "create", "acme", "hooli")
	p.must("migrate", "down", "--to", "0", "--yes")
	screen := p.shown(nil, "migrate", "up", "--workers", "1")
	if !strings.Contains(screen, "tenants/") || !strings.Contains(screen, "acme: applied") {
		t.Errorf("the screen has %q", screen)
	}
}
