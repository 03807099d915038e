package scratch

import (
	"context"
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Files are the migrations of both scopes.
type Files struct {
	Shared, Tenant migrate.Source
	Names          isolation.Names // of the schemas that exist once
	Both           []string        // tables that may exist in both scopes
	Level          isolation.Level // of the tenants; nil gives them a schema each
}

func (f Files) level() isolation.Level {
	if f.Level != nil {
		return f.Level
	}
	return schema.New(f.Names)
}

// tenant returns a tenant that exists in a scratch database only. An empty schema
// gets the name that the level gives.
func (f Files) tenant(slug, inSchema string) *tenant.Tenant {
	id := tenant.NewID()
	p := f.level().Place(id, slug, "scratch")
	if inSchema != "" {
		p.Schema = inSchema
	}
	return &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: p}
}

// Street is a database that has homes for tenants.
type Street struct {
	*Database
	Tenants []*tenant.Tenant
	level   isolation.Level
}

// Build prepares a database for tenants with these slugs. If inSchema is not empty it
// is the schema of the one tenant. Nothing is migrated yet.
func (d *Database) Build(ctx context.Context, f Files, inSchema string, slugs ...string) (*Street, error) {
	s := &Street{Database: d, level: f.level()}
	ground := []isolation.Statement{
		{SQL: "CREATE SCHEMA " + ident.Quote(f.Names.Shared)},
		{SQL: "CREATE SCHEMA " + ident.Quote(f.Names.Extensions)},
	}
	if pooling, ok := s.level.(migrate.Pooling); ok {
		ground = append(ground, isolation.Grant(f.Names.Shared, pooling.Role())...)
	}
	for _, slug := range slugs {
		t := f.tenant(slug, inSchema)
		s.Tenants = append(s.Tenants, t)
		ground = append(ground, s.level.Create(t.Placement)...)
	}
	return s, d.Exec(ctx, "", isolation.Script(ground...))
}

// Runner returns what runs migrations here, for these tenants and no others.
func (s *Street) Runner(f Files, tenants ...*tenant.Tenant) (*migrate.Runner, error) {
	return migrate.New(migrate.Config{
		Shared: f.Shared, Tenant: f.Tenant, Main: "scratch", Names: f.Names, Both: f.Both,
		Tenants: list(tenants), Levels: isolation.LevelsOf(s.level), Conns: s.Database,
	})
}

// list is a registry that never changes.
type list []*tenant.Tenant

// List returns all; no run here selects.
func (l list) List(context.Context, registry.Filter) ([]*tenant.Tenant, error) {
	return slices.Clone(l), nil
}
