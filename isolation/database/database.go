// Package database plans the database level on PostgreSQL: every tenant has a
// database of its own, with one schema for its tables and with shared tables of its
// own beside them.
package database

import (
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// inside is the schema of each tenant's tables. It has the same name in each
// database, so that a copy of a template needs no renaming.
const inside = "tenant"

// Level is the database level. Inside its database a tenant lives as it would at the
// schema level.
type Level struct {
	home  *schema.Level
	names isolation.Names
	role  string
}

var (
	_ isolation.Level   = (*Level)(nil)
	_ isolation.Outside = (*Level)(nil)
)

// Postgres lets a program have tenants in databases of their own: it is for the
// Levels of rowhouse.Config.
func Postgres() isolation.Maker {
	return func(s isolation.Settings) isolation.Level { return New(s) }
}

// New returns the level for the configured names and role.
func New(s isolation.Settings) *Level {
	return &Level{home: schema.New(s.Names, schema.GrantTo(s.AppRole)), names: s.Names, role: s.AppRole}
}

// Name returns [tenant.Database].
func (l *Level) Name() tenant.Level { return tenant.Database }

// Title tells this level from the one on another engine.
func (l *Level) Title() string { return "database on PostgreSQL" }

// Capabilities says what a database per tenant can do.
func (l *Level) Capabilities() isolation.Capabilities {
	c := l.home.Capabilities()
	const own = "each database has shared tables of its own, as the shared migrations fill them; what the application writes with Shared() stays on the main server"
	c.SharedTables = isolation.With(own)
	c.SharedKeys = isolation.With("to the shared tables of the tenant's own database")
	c.Across = isolation.No("a transaction ends at its database")
	return c
}

// Place gives a tenant a database name that no tenant ever had.
func (l *Level) Place(id tenant.ID, slug, server string) tenant.Placement {
	return tenant.Placement{
		Level: tenant.Database, Server: server,
		Database: ident.Schema(l.names.Prefix, slug, id), Schema: l.schema(), Epoch: 1,
	}
}

// schema is another where the configuration has the usual name for something else.
func (l *Level) schema() string {
	if l.names.Shared == inside || l.names.Extensions == inside {
		return inside + "_own"
	}
	return inside
}

// Enter plans the entering statement of the schema level, and verifies that the
// connection leads to the tenant's database: a pooler may be told otherwise.
func (l *Level) Enter(id tenant.ID, p tenant.Placement) isolation.Statement {
	return verified(l.home.Enter(id, p), p)
}

// EnterMigrator plans the entering statement for migrations.
func (l *Level) EnterMigrator(id tenant.ID, p tenant.Placement) isolation.Statement {
	return verified(l.home.EnterMigrator(id, p), p)
}

func verified(s isolation.Statement, p tenant.Placement) isolation.Statement {
	s.Args = append(s.Args, p.Database)
	n := "$" + strconv.Itoa(len(s.Args))
	s.SQL += ",\n CASE WHEN current_database() = " + n + "::text THEN 1 ELSE ('this is database ' || current_database() || ', not ' || " + n + ")::int END"
	return s
}

// Create plans what an empty database needs: the tenant's schema, and the
// application's rights. It only reads the shared tables: what it wrote there no other
// tenant would see.
func (l *Level) Create(p tenant.Placement) []isolation.Statement {
	shared, extensions := ident.Quote(l.names.Shared), ident.Quote(l.names.Extensions)
	plan := append([]isolation.Statement{
		{SQL: "CREATE SCHEMA IF NOT EXISTS " + shared},
		{SQL: "CREATE SCHEMA IF NOT EXISTS " + extensions},
		{SQL: "REVOKE CREATE ON SCHEMA public FROM PUBLIC"},
	}, l.home.Create(p)...)
	if l.role == "" {
		return plan
	}
	role := ident.Quote(l.role)
	return append(plan,
		isolation.Statement{SQL: "GRANT USAGE ON SCHEMA " + shared + ", " + extensions + " TO " + role},
		isolation.Statement{SQL: "GRANT SELECT ON ALL TABLES IN SCHEMA " + shared + " TO " + role},
		isolation.Statement{SQL: "ALTER DEFAULT PRIVILEGES IN SCHEMA " + shared + " GRANT SELECT ON TABLES TO " + role},
	)
}

// Fence returns the placement with the database's next name. It is given from
// outside: there are no statements.
func (l *Level) Fence(_ tenant.ID, p tenant.Placement) (tenant.Placement, []isolation.Statement) {
	p.Epoch++
	p.Database = ident.NextSchema(p.Database, p.Epoch)
	return p, nil
}

// Drop plans how to empty the database. [Level.Raze] drops it.
func (l *Level) Drop(id tenant.ID, p tenant.Placement) isolation.Demolition {
	return l.home.Drop(id, p)
}
