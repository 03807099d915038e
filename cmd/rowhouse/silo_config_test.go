package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// A silo's configuration leads nowhere but to the silo's own server, whatever this
// installation's says.
func TestASilosConfigurationKnowsItsOwnServerAlone(t *testing.T) {
	t.Setenv(envURL, "postgres://silo.example/app")
	dir := t.TempDir()
	file := filepath.Join(dir, configFile)
	const ours = `
servers: {main: "postgres://main.example/app", far: "postgres://far.example/app"}
isolation: {default: silo}
registry: {query: "SELECT 1"}
app_role: app
schemas: {shared: common}
migrations: {tenant: db/tenant}
resolve: [{subdomain: polls.localhost}]
silo: {app: {command: [polls]}}
`
	if err := os.WriteFile(file, []byte(ours), 0o600); err != nil {
		t.Fatal(err)
	}
	tenants := filepath.Join(dir, "db/tenant")
	if err := os.MkdirAll(tenants, 0o755); err != nil {
		t.Fatal(err)
	}
	text, folders, err := siloConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(t.TempDir(), configFile)
	if err := os.WriteFile(inside, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := rowhouse.Load(inside)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(c.Servers) != 1 || c.Servers[rowhouse.Main].URL != "postgres://silo.example/app" {
		t.Errorf("servers: %+v", c.Servers)
	}
	if c.Isolation != tenant.Schema || c.RegistryQuery != "" || c.AppRole != "" || c.Schemas.Shared != "common" || c.Resolve == nil {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(folders, []string{tenants}) {
		t.Errorf("folders: %q", folders)
	}
	for _, want := range []string{tenants, filepath.Join(dir, "migrations/shared")} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
