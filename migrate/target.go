package migrate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// home is a database that holds targets.
type home struct{ server, database string }

// target is what has a ledger of its own: the shared scope of a database, or a
// tenant.
type target struct {
	scope  Scope
	key    string // its name in the ledger
	label  string // for people: the slug, or "shared"
	lock   int64  // advisory lock of its migrations
	home   home
	engine Engine // nil: PostgreSQL
	enter  isolation.Statement
	create []isolation.Statement // makes what enter needs, before the first migration
	schema string                // what __tenant__ stands for, quoted; empty in the shared scope
	tenant *tenant.Tenant        // nil in the shared scope
	limits Limits
	pool   *pool  // set for the tables that tenants share; tenant is made up then
	check  string // run at the end of each migration; empty: nothing
}

// Entrance is what a level has beside [isolation.Level] where its entering
// statement refuses what a migration must do: EnterMigrator enters a tenant that is
// read-only as well.
type Entrance interface {
	EnterMigrator(id tenant.ID, p tenant.Placement) isolation.Statement
}

func (r *Runner) tenantTarget(t *tenant.Tenant) (*target, error) {
	level, err := r.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return nil, fmt.Errorf("migrate: %s: %w", t.Slug, err)
	}
	enter := level.Enter(t.ID, t.Placement)
	if e, ok := level.(Entrance); ok {
		enter = e.EnterMigrator(t.ID, t.Placement)
	}
	at := home{t.Placement.Server, t.Placement.Database}
	if r.c.Engine != nil {
		at = home{server: r.c.Main} // one directory
	}
	return &target{
		scope:  Tenant,
		key:    targetOf(t.ID),
		label:  t.Slug,
		lock:   lockOf(targetOf(t.ID)),
		home:   at,
		engine: r.c.Engine,
		enter:  enter,
		schema: ident.Quote(t.Placement.Schema),
		tenant: t,
	}, nil
}

// owners are the tenants whose version is the target's.
func (t *target) owners() []*tenant.Tenant {
	switch {
	case t.pool != nil:
		return t.pool.members
	case t.tenant != nil:
		return []*tenant.Tenant{t.tenant}
	}
	return nil
}

func (r *Runner) sharedTarget(h home) *target {
	return &target{
		scope:  Shared,
		key:    sharedTarget,
		label:  sharedTarget,
		lock:   lockOf(sharedTarget),
		home:   h,
		engine: r.c.Engine,
		enter:  r.c.Names.EnterShared(),
		create: []isolation.Statement{
			{SQL: "CREATE SCHEMA IF NOT EXISTS " + ident.Quote(r.c.Names.Shared)},
			{SQL: "CREATE SCHEMA IF NOT EXISTS " + ident.Quote(r.c.Names.Extensions)},
		},
	}
}

// lockOf derives an advisory lock that is not the one under which the tenant is
// entered, moved and deleted.
func lockOf(key string) int64 {
	sum := sha256.Sum256([]byte("rowhouse migrate " + key))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
