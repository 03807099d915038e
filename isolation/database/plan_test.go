package database_test

import (
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func level(role string) *database.Level {
	return database.New(isolation.Settings{Names: isolation.DefaultNames(), AppRole: role})
}

// Names fit, whatever the slug, and no epoch has one of another.
func TestNamesAreWholeAndNeverReused(t *testing.T) {
	t.Parallel()
	l, id := level(""), tenant.NewID()
	p := l.Place(id, strings.Repeat("a", ident.MaxSlug), "main")
	seen := map[string]bool{}
	for range 12 {
		if len(p.Database) > ident.MaxName || seen[p.Database] {
			t.Fatalf("database %s", p.Database)
		}
		seen[p.Database] = true
		to, inside := l.Fence(id, p)
		if len(inside) > 0 || to.Epoch != p.Epoch+1 || to.Schema != p.Schema {
			t.Errorf("fence to %+v with %v", to, inside)
		}
		p = to
	}
	template := l.Template("what the migrations make", "main")
	if len(template.Building.Database) > ident.MaxName || template.Building.Database == template.Whole.Database {
		t.Errorf("template %+v", template)
	}
}

func TestEnteringVerifiesTheDatabase(t *testing.T) {
	t.Parallel()
	l, id := level(""), tenant.NewID()
	p := l.Place(id, "acme", "main")
	for _, s := range []isolation.Statement{l.Enter(id, p), l.EnterMigrator(id, p)} {
		if got := s.Inline(); !strings.Contains(got, "current_database() = '"+p.Database+"'") {
			t.Errorf("entering says %s", got)
		}
	}
}

// The application reads its database's shared tables and writes its own.
func TestTheApplicationOnlyReadsSharedTables(t *testing.T) {
	t.Parallel()
	l := level(`o"reilly`)
	plan := isolation.Script(l.Create(l.Place(tenant.NewID(), "acme", "main"))...)
	for _, want := range []string{
		`GRANT SELECT ON ALL TABLES IN SCHEMA "shared" TO "o""reilly"`, `INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "tenant" TO "o""reilly"`,
		"REVOKE CREATE ON SCHEMA public FROM PUBLIC",
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("the plan lacks %s:\n%s", want, plan)
		}
	}
}

func TestTheSchemaAvoidsConfiguredNames(t *testing.T) {
	t.Parallel()
	names := isolation.DefaultNames()
	names.Shared = "tenant"
	p := database.New(isolation.Settings{Names: names}).Place(tenant.NewID(), "acme", "main")
	if p.Schema == names.Shared {
		t.Error("tenants' tables would be among the shared ones")
	}
}
