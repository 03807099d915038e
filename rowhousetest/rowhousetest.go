// Package rowhousetest helps to test programs that use Rowhouse: a real PostgreSQL,
// a database for each test, tenants in one line.
//
//	func TestMain(m *testing.M) { rowhousetest.Main(m) }
//
//	func TestPolls(t *testing.T) {
//		h := rowhousetest.Open(t, app.Config())
//		thor, potter := rowhousetest.Tenant(t, h, "thor"), rowhousetest.Tenant(t, h, "potter")
//		…
//	}
//
// The server is the one that ROWHOUSE_TEST_DATABASE_URL names, as a superuser, or a
// private one that is started at the first use, from the PostgreSQL programs on this
// machine, and ends with the tests.
package rowhousetest

import (
	"context"
	"maps"
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Main runs a package's tests and stops the server that they started.
func Main(m *testing.M) { pgtest.Main(m) }

// Open returns a house on a new database that is dropped after the test. The main
// server's URL, pooler and direct URL in the configuration are replaced; everything
// else is taken as it is. The registry is there and the shared migrations are
// applied. Whatever fails ends the test.
func Open(t testing.TB, config rowhouse.Config) *rowhouse.House {
	t.Helper()
	config = onNewDatabase(t, config)
	if err := rowhouse.Init(t.Context(), config); err != nil {
		t.Fatalf("rowhousetest: %v", err)
	}
	h, err := rowhouse.Open(t.Context(), config)
	if err != nil {
		t.Fatalf("rowhousetest: %v", err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func onNewDatabase(t testing.TB, config rowhouse.Config) rowhouse.Config {
	t.Helper()
	main := config.Servers[rowhouse.Main]
	main.URL, main.Pooler, main.DirectURL = pgtest.Database(t), "", ""
	servers := map[string]rowhouse.Server{}
	maps.Copy(servers, config.Servers)
	servers[rowhouse.Main] = main
	config.Servers = servers
	if config.Actor == "" {
		config.Actor = t.Name()
	}
	return config
}

// Tenant makes a tenant at the newest migration and returns a context that names it
// and ends with the test. [tenant.FromContext] gives the tenant itself.
func Tenant(t testing.TB, h *rowhouse.House, slug string) context.Context {
	t.Helper()
	made, err := h.Lifecycle().Create(t.Context(), lifecycle.New{Slug: slug})
	if err != nil {
		t.Fatalf("rowhousetest: %v", err)
	}
	return tenant.NewContext(t.Context(), made)
}
