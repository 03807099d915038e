package doctor

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const versionTables = `SELECT c.relname::text, count(*), min(n.nspname)::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND c.relname IN
 ('goose_db_version', 'schema_migrations', 'atlas_schema_revisions', 'flyway_schema_history', 'gorp_migrations',
  'databasechangelog', 'alembic_version', 'django_migrations', 'bun_migrations', 'migrations')
GROUP BY c.relname ORDER BY c.relname`

// rivals finds version tables of other migration tools inside tenants.
func (e *exam) rivals(ctx context.Context) error {
	rows, _ := e.conn.Query(ctx, versionTables, e.schemas())
	var table, schema string
	var count int64
	_, err := pgx.ForEachRow(rows, []any{&table, &count, &schema}, func() error {
		e.found(Note, "rivals", "table "+table, "take it over with rowhouse migrate import, and let the other tool rest",
			"another migration tool kept its versions in %d tenant schema(s), such as %s: two must not migrate the same tables", count, schema)
		return nil
	})
	return err
}
