package tenantpgx_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// known is a directory that never changes.
type known map[string]*tenant.Tenant

func (k known) Lookup(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
	if t, ok := k[key.Value]; ok {
		return t, nil
	}
	return nil, tenant.ErrNotFound
}

func (k known) Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return k.Lookup(ctx, tenant.ByID(id))
}

// Two tenants have a composite and an enum of the same names. On one connection
// each tenant's values are read and written as its own types.
func TestTypesAreEachTenantsOwn(t *testing.T) {
	url := pgtest.Database(t)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	level, directory := schema.New(isolation.DefaultNames()), known{}
	var tenants []*tenant.Tenant
	for _, slug := range []string{"a", "b"} {
		id := tenant.NewID()
		who := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: level.Place(id, slug, "main")}
		tenants, directory[id.String()] = append(tenants, who), who
		s := who.Placement.Schema
		for _, sql := range []string{
			"CREATE SCHEMA " + s,
			"CREATE TYPE " + s + ".mood AS ENUM ('ok', '" + slug + "')",
			"CREATE TYPE " + s + ".point2 AS (x integer, y integer)",
			"CREATE TABLE " + s + ".spots (id integer PRIMARY KEY, at " + s + ".point2, moods " + s + ".mood[])",
		} {
			if _, err := admin.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	set := pools.New(map[string]pools.Server{"main": {URL: url, MaxConns: 1}})
	t.Cleanup(set.Close)
	db := tenantpgx.New(tenantpgx.Config{
		Directory: directory, Pools: set, Levels: isolation.LevelsOf(level), Names: isolation.DefaultNames(), Main: "main",
		Types: []string{"mood", "_mood", "point2"},
	})
	type point struct{ X, Y int32 }
	for round := range 3 {
		for i, who := range tenants {
			ctx := tenant.NewContext(t.Context(), who)
			want := point{int32(round), int32(i)}
			_, err := db.Exec(ctx, "INSERT INTO spots VALUES ($1, $2, $3)", round, want, []string{"ok", who.Slug})
			if err != nil {
				t.Fatal(err)
			}
			var got point
			var moods []string
			err = db.QueryRow(ctx, "SELECT at, moods FROM spots WHERE id = $1", round).Scan(&got, &moods)
			if err != nil || got != want || moods[1] != who.Slug {
				t.Fatalf("%s: %v %v, %v", who.Slug, got, moods, err)
			}
		}
	}
}
