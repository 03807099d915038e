package rowhouse_test

import (
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// loaded reads text as a rowhouse.yaml in a folder of its own.
func loaded(t *testing.T, text string) (rowhouse.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rowhouse.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(filepath.Dir(path), "db", "tenant"), 0o700); err != nil {
		t.Fatal(err)
	}
	return rowhouse.Load(path)
}

func TestLoadReadsEverything(t *testing.T) {
	t.Setenv("ROWHOUSE_TEST_PASSWORD", "p$w")
	c, err := loaded(t, `
servers:
  main: postgres://u:${ROWHOUSE_TEST_PASSWORD}@db/app?x=$1
  far:  {url: "postgres://far/app", engine: postgres, pooler: transaction, direct_url: "postgres://far:1/app", max_conns: 7}
isolation:  {default: schema}
schemas:    {shared: common, both: [audit]}
app_role:   app
migrations: {tenant: db/tenant}
models:     {shared: schema/shared.sql, tenant: schema/tenant.sql}
resolve:    [{subdomain: polls.localhost, central: [app.polls.localhost]}, {header: X-Tenant, trust: [127.0.0.1/32]}, {default: thor}]
registry:   {query: "SELECT 1"}
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Servers[rowhouse.Main].URL; got != "postgres://u:p$w@db/app?x=$1" {
		t.Errorf("main is %q", got)
	}
	if !slices.Equal(c.Silo.Hidden, []string{"ROWHOUSE_TEST_PASSWORD"}) {
		t.Errorf("silos are kept from %v", c.Silo.Hidden)
	}
	far := rowhouse.Server{URL: "postgres://far/app", Engine: "postgres", Pooler: "transaction", DirectURL: "postgres://far:1/app", MaxConns: 7}
	if c.Servers["far"] != far {
		t.Errorf("far is %+v", c.Servers["far"])
	}
	if c.Isolation != tenant.Schema || c.Schemas.Shared != "common" || c.Schemas.Prefix != "tenant_" || c.AppRole != "app" || c.RegistryQuery != "SELECT 1" || !slices.Equal(c.Both, []string{"audit"}) {
		t.Errorf("%+v", c)
	}
	if _, err := fs.Stat(c.Migrations.Tenant, "."); err != nil {
		t.Errorf("folders are not relative to the file: %v", err)
	}
	if !filepath.IsAbs(c.Models.Shared) || filepath.Base(c.Models.Shared) != "shared.sql" || filepath.Base(c.Models.Tenant) != "tenant.sql" {
		t.Errorf("the models are %+v", c.Models)
	}
	match, err := c.Resolve.Resolve(httptest.NewRequest("GET", "http://acme.polls.localhost/", nil))
	if err != nil || match.Key != tenant.BySlug("acme") {
		t.Errorf("resolves %+v, %v", match, err)
	}
	if match, err = c.Resolve.Resolve(httptest.NewRequest("GET", "http://app.polls.localhost/", nil)); err != nil || !match.Central {
		t.Errorf("resolves %+v, %v", match, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, says string }{
		"an unknown key, with its line":     {"isolation: {default: schema}\nservrs: {main: x}", "[2:1]"},
		"an unknown key further down":       {"servers:\n  main: {url: x, pool: y}", "pool"},
		"no YAML":                           {"servers: [", "rowhouse.yaml"},
		"a level that is none":              {"isolation: {default: scheme}", "use row, schema, database or silo"},
		"roles, which are not built":        {"isolation: {roles: per-tenant}", "isolation.roles"},
		"an engine that is not built":       {"servers: {main: {url: x, engine: citus}}", "servers.main.engine"},
		"an unset variable in a text":       {"servers: {main: 'postgres://u:${ROWHOUSE_NO_SUCH_VARIABLE}@db/app'}", "${ROWHOUSE_NO_SUCH_VARIABLE}"},
		"an empty resolver":                 {"resolve: [{}]", "resolve[0]"},
		"two resolvers in one entry":        {"resolve: [{domain: true}, {subdomain: a.example, path: t}]", "resolve[1]"},
		"a public suffix":                   {"resolve: [{subdomain: co.uk}]", "co.uk"},
		"trust without a header":            {"resolve: [{domain: true, trust: [127.0.0.1/32]}]", "trust"},
		"central without hosts":             {"resolve: [{header: X-Tenant, central: [a.example]}]", "central"},
		"trust in no network":               {"resolve: [{header: X-Tenant, trust: [127.0.0.1]}]", "127.0.0.1/32"},
		"a default that is no slug":         {"resolve: [{default: Thor}]", "Thor"},
		"a key that registry does not have": {"registry: {sql: SELECT 1}", "sql"},
	} {
		_, err := loaded(t, c.text)
		var bad *rowhouse.ConfigError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := rowhouse.Load(filepath.Join(t.TempDir(), "no.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// An empty file says what no file says: the URL comes from elsewhere.
func TestLoadLeavesTheURLToOthers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "servers: {main: '${ROWHOUSE_NO_SUCH_VARIABLE}'}"} {
		c, err := loaded(t, text)
		if err != nil || c.Servers == nil || c.Servers[rowhouse.Main].URL != "" {
			t.Errorf("%q: %+v, %v", text, c.Servers, err)
		}
		if _, err := rowhouse.Open(t.Context(), c); !errors.Is(err, rowhouse.ErrNoServer) {
			t.Errorf("%q: open: %v", text, err)
		}
	}
}
