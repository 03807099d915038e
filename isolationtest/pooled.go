package isolationtest

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// pooling is a level whose tenants share their tables.
type pooling interface {
	isolation.Level
	EnterPool(p tenant.Placement) isolation.Statement
}

// buildPool makes the tables that all tenants share: those of [FixtureSQL], as the row
// level has them.
func buildPool(ctx context.Context, conn *pgx.Conn, level pooling, names isolation.Names) error {
	at := tenant.Placement{Level: level.Name(), Schema: names.Pooled, Epoch: 1}
	script := isolation.Script(append(level.Create(at), level.EnterPool(at))...) + pooledTables
	_, err := conn.PgConn().Exec(ctx, script).ReadAll()
	return err
}

const pooledTables = `
CREATE TABLE notes (id int, owner text NOT NULL, body text NOT NULL DEFAULT '', n int NOT NULL DEFAULT 0,
 tenant_id uuid NOT NULL DEFAULT current_setting('rowhouse.tenant')::uuid, CONSTRAINT notes_pkey PRIMARY KEY (tenant_id, id));
CREATE TABLE replies (id int, note int NOT NULL,
 tenant_id uuid NOT NULL DEFAULT current_setting('rowhouse.tenant')::uuid, CONSTRAINT replies_pkey PRIMARY KEY (tenant_id, id),
 CONSTRAINT replies_note_fkey FOREIGN KEY (tenant_id, note) REFERENCES notes (tenant_id, id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE entries (id bigint GENERATED ALWAYS AS IDENTITY, owner text NOT NULL, mark text NOT NULL,
 tenant_id uuid NOT NULL DEFAULT current_setting('rowhouse.tenant')::uuid, CONSTRAINT entries_pkey PRIMARY KEY (tenant_id, id));
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['notes', 'replies', 'entries'] LOOP
 EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
 EXECUTE format('CREATE POLICY rowhouse ON %I USING (tenant_id = current_setting(''rowhouse.tenant'')::uuid) WITH CHECK (tenant_id = current_setting(''rowhouse.tenant'')::uuid)', t);
END LOOP; END $$`
