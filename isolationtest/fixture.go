package isolationtest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// notes is how many rows of the table notes every tenant begins with: ids 1 to notes.
const notes = 5

// FixtureSQL returns the script that makes one tenant's tables and rows. The rows'
// owner is the tenant's id.
func FixtureSQL(id tenant.ID) string { return fixtureTables + fixtureRows(id) }

const fixtureTables = `
CREATE TABLE IF NOT EXISTS notes (id int PRIMARY KEY, owner text NOT NULL, body text NOT NULL DEFAULT '', n int NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS replies (id int PRIMARY KEY, note int NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE IF NOT EXISTS entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text NOT NULL, mark text NOT NULL);
`

func fixtureRows(id tenant.ID) string {
	return fmt.Sprintf("INSERT INTO notes (id, owner) SELECT n, %s FROM generate_series(1, %d) AS n ON CONFLICT DO NOTHING",
		ident.Literal(id.String()), notes)
}

// SharedFixtureSQL returns the script that makes the shared tables and routines. The
// shared notes and entries are the pit into which falls whoever loses its tenant.
func SharedFixtureSQL(schema string) string {
	return fmt.Sprintf(`
CREATE SCHEMA IF NOT EXISTS %[1]s;
CREATE TABLE IF NOT EXISTS %[1]s.notes (id int PRIMARY KEY, owner text NOT NULL, body text NOT NULL DEFAULT '', n int NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS %[1]s.entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text NOT NULL, mark text NOT NULL);
CREATE TABLE IF NOT EXISTS %[1]s.plans (name text PRIMARY KEY);
INSERT INTO %[1]s.notes (id, owner) SELECT n, 'shared' FROM generate_series(1, %[2]d) AS n ON CONFLICT (id) DO NOTHING;
INSERT INTO %[1]s.plans VALUES ('free') ON CONFLICT DO NOTHING;
CREATE OR REPLACE PROCEDURE %[1]s.commits() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
CREATE OR REPLACE FUNCTION %[1]s.litters() RETURNS int LANGUAGE plpgsql AS $$
BEGIN CREATE TEMP TABLE notes AS SELECT 1 AS id, 'litter'::text AS owner; RETURN pg_backend_pid(); END $$`,
		ident.Quote(schema), notes)
}

// fixtureMigrator stands where migrations stand in a program: version 1 is the fixture.
type fixtureMigrator struct {
	level isolation.Level
	names isolation.Names
}

func (fixtureMigrator) Admit(context.Context, *pgx.Conn) error { return nil }

func (m fixtureMigrator) Apply(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) (int64, error) {
	home := isolation.Script(m.level.Create(t.Placement)...)
	if t.Placement.Database != "" || t.Placement.Server != server {
		home += SharedFixtureSQL(m.names.Shared)
	}
	if _, err := conn.PgConn().Exec(ctx, home).ReadAll(); err != nil {
		return 0, err
	}
	script := FixtureSQL(t.ID)
	if _, ok := m.level.(pooling); ok {
		script = fixtureRows(t.ID)
	}
	return 1, inside(ctx, conn, m.level, t, script)
}

func (m fixtureMigrator) ApplyTx(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) (int64, error) {
	return m.Apply(ctx, conn, t)
}

// Forget has nothing to forget: there is no ledger.
func (fixtureMigrator) Forget(tenant.ID) isolation.Statement {
	return isolation.Statement{SQL: "SELECT 1"}
}

// inside runs a script in a tenant, as one message and so in one transaction.
func inside(ctx context.Context, conn *pgx.Conn, level isolation.Level, t *tenant.Tenant, script string) error {
	enter := level.Enter(t.ID, t.Placement)
	if e, ok := level.(migrate.Entrance); ok {
		enter = e.EnterMigrator(t.ID, t.Placement)
	}
	_, err := conn.PgConn().Exec(ctx, enter.Inline()+";\n"+script).ReadAll()
	return err
}
