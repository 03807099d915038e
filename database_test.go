package rowhouse_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// mixed is a house whose tenants have schemas, or databases where they ask for one.
func mixed(t *testing.T) (*rowhouse.House, rowhouse.Config) {
	t.Helper()
	c := config(t)
	c.Schemas = isolation.DefaultNames()
	c.Schemas.Prefix = pgtest.Prefix(t)
	c.Levels = []isolation.Maker{database.Postgres()}
	c.Servers["second"] = rowhouse.Server{URL: pgtest.Database(t), Databases: 2}
	return open(t, c), c
}

func createAt(t *testing.T, h *rowhouse.House, slug string, level tenant.Level, server string) *tenant.Tenant {
	t.Helper()
	made, err := h.Lifecycle().Create(t.Context(), lifecycle.New{Slug: slug, Isolation: level, Server: server})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// One program serves schemas and databases, on two servers; each tenant's rows are its
// own, and migrations reach all of them.
func TestAMixedFleet(t *testing.T) {
	t.Parallel()
	h, c := mixed(t)
	tenants := []*tenant.Tenant{
		createAt(t, h, "one", tenant.Schema, ""), createAt(t, h, "two", tenant.Database, ""),
		createAt(t, h, "three", tenant.Database, "second"), createAt(t, h, "four", tenant.Schema, "second"),
	}
	for _, who := range tenants {
		write(t, h, who, who.Slug)
	}
	for _, who := range tenants {
		if body, err := read(t, h, who); err != nil || body != who.Slug {
			t.Errorf("%s reads %q, %v", who.Slug, body, err)
		}
	}
	if got := h.PoolStats(); got.Open != 2 || got.InUse != 0 {
		t.Errorf("pools %+v", got)
	}
	more(t, c)
	for _, who := range tenants {
		if _, err := h.SQL().ExecContext(in(t, who), "INSERT INTO more VALUES ('free')"); err == nil {
			t.Errorf("%s may name a plan that is not there", who.Slug)
		}
		if _, err := h.SQL().ExecContext(in(t, who), "INSERT INTO more VALUES (NULL)"); err != nil {
			t.Errorf("%s: %v", who.Slug, err)
		}
	}
}

// more runs a second tenant migration over the fleet.
func more(t *testing.T, c rowhouse.Config) {
	t.Helper()
	files := c.Migrations.Tenant.(fstest.MapFS)
	files["0002_more.sql"] = migration("CREATE TABLE more (plan text REFERENCES plans)")
	h := open(t, c)
	report, err := h.Migrate().Up(t.Context(), migrate.Options{Workers: 2})
	if err != nil || report.Counts().Done != 4 {
		t.Fatalf("%+v, %v", report.Counts(), err)
	}
	checker, err := h.Drift()
	if err != nil {
		t.Fatal(err)
	}
	found, err := checker.Check(t.Context(), drift.Options{})
	if err != nil || found.Checked != 4 || len(found.Drifted) > 0 {
		t.Errorf("drift: %+v, %v", found, err)
	}
}

// Databases are migrated by a few workers; one that is deleted meanwhile is passed over.
func TestManyDatabases(t *testing.T) {
	t.Parallel()
	count := 6
	if pgtest.Proof() {
		count = 100
	}
	_, c := mixed(t)
	c.Isolation = tenant.Database
	h := open(t, c)
	var tenants []*tenant.Tenant
	for i := range count {
		tenants = append(tenants, create(t, h, fmt.Sprintf("t%03d", i)))
	}
	last := tenants[count-1]
	c.Migrations.Tenant.(fstest.MapFS)["0002_more.sql"] = migration("CREATE TABLE more (plan text)")
	newer := open(t, c)
	var once sync.Once
	report, err := newer.Migrate().Up(t.Context(), migrate.Options{Workers: 2, Progress: func(migrate.Event) {
		once.Do(func() {
			if _, err := h.Lifecycle().Delete(t.Context(), last.ID); err != nil {
				t.Error(err)
			}
		})
	}})
	if err != nil || report.Counts().Done != count-1 || len(report.Skipped) != 1 || report.Skipped[0].Tenant.Slug != last.Slug {
		t.Fatalf("%+v, skipped %+v: %v", report.Counts(), report.Skipped, err)
	}
	for _, who := range tenants[:count-1] {
		if _, err := newer.SQL().ExecContext(in(t, who), "INSERT INTO more VALUES ('x')"); err != nil {
			t.Errorf("%s: %v", who.Slug, err)
		}
	}
	if _, err := h.Lifecycle().Restore(t.Context(), last.ID, ""); err == nil {
		t.Error("a program of yesterday restores a tenant")
	}
	if back, err := newer.Lifecycle().Restore(t.Context(), last.ID, ""); err != nil || back.Version != 2 {
		t.Errorf("restore: %+v, %v", back, err)
	}
}
