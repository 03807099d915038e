// Package silo plans the silo level: every tenant has a database server of its own,
// whose only tenant it is, and processes of the application of its own. Package
// github.com/rowhouse-go/rowhouse/silo runs them.
package silo

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Level is the silo level. On its own server a tenant lives as it would at the schema
// level: there the application knows it as a tenant of that level.
type Level struct{ home *schema.Level }

var _ isolation.Level = (*Level)(nil)

// Maker lets a program have silos: it is for the Levels of rowhouse.Config.
func Maker() isolation.Maker {
	return func(s isolation.Settings) isolation.Level { return New(s.Names) }
}

// New returns the level for the configured names. A silo's server has no role but the
// application's own.
func New(names isolation.Names) *Level { return &Level{schema.New(names)} }

const prefix = "silo-"

// Server returns the name of a silo's database server.
func Server(id tenant.ID) string { return prefix + id.String() }

// TenantOf returns the tenant whose server has this name.
func TenantOf(server string) (id tenant.ID, ok bool) {
	text, ok := strings.CutPrefix(server, prefix)
	if !ok {
		return id, false
	}
	id, err := tenant.ParseID(text)
	return id, err == nil
}

// Name returns [tenant.Silo].
func (l *Level) Name() tenant.Level { return tenant.Silo }

// Capabilities says what a server per tenant can do.
func (l *Level) Capabilities() isolation.Capabilities {
	c := l.home.Capabilities()
	const own = "each silo has shared tables of its own, as the shared migrations fill them"
	c.SharedTables = isolation.With(own)
	c.SharedKeys = isolation.With("to the shared tables of the silo")
	c.Across = isolation.No("a transaction ends at its server")
	return c
}

// Place gives a tenant a server of its own; the given one is for tenants of other
// levels.
func (l *Level) Place(id tenant.ID, slug, _ string) tenant.Placement {
	p := l.home.Place(id, slug, Server(id))
	p.Level = tenant.Silo
	return p
}

// Inside returns the placement as the silo's own registry has it, where main is the
// silo's server.
func Inside(p tenant.Placement, main string) tenant.Placement {
	return tenant.Placement{Level: tenant.Schema, Server: main, Schema: p.Schema, Epoch: p.Epoch}
}

// Enter plans the entering statement of the schema level.
func (l *Level) Enter(id tenant.ID, p tenant.Placement) isolation.Statement {
	return l.home.Enter(id, p)
}

// EnterMigrator plans the entering statement for migrations.
func (l *Level) EnterMigrator(id tenant.ID, p tenant.Placement) isolation.Statement {
	return l.home.EnterMigrator(id, p)
}

// Create plans the tenant's schema.
func (l *Level) Create(p tenant.Placement) []isolation.Statement { return l.home.Create(p) }

// Fence renames the tenant's schema.
func (l *Level) Fence(id tenant.ID, p tenant.Placement) (tenant.Placement, []isolation.Statement) {
	return l.home.Fence(id, p)
}

// Drop plans how to take the schema down; the server goes with its stack.
func (l *Level) Drop(id tenant.ID, p tenant.Placement) isolation.Demolition {
	return l.home.Drop(id, p)
}
