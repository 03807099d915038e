package doctor

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// strays are objects in public that belong to no extension and to no other object.
const strays = `WITH members AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'i', 'a'))
SELECT CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
  WHEN 'f' THEN 'foreign table' ELSE 'table' END, relname::text
FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
 AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid)
UNION ALL
SELECT 'function', oid::regprocedure::text
FROM pg_proc WHERE pronamespace = to_regnamespace('public')
 AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid)
UNION ALL
SELECT 'type', typname::text
FROM pg_type WHERE typnamespace = to_regnamespace('public') AND typtype IN ('e', 'd', 'r')
 AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_type'::regclass AND objid = pg_type.oid)
ORDER BY 1, 2`

// public looks for objects that no path reaches, and for who may make more.
func (e *exam) public(ctx context.Context) error {
	rows, _ := e.conn.Query(ctx, strays)
	var kind, name string
	_, err := pgx.ForEachRow(rows, []any{&kind, &name}, func() error {
		e.found(Warning, "public", kind+" public."+name,
			fmt.Sprintf("move it: ALTER %s … SET SCHEMA %s, or drop it", sqlKind(kind), ident.Quote(e.config.Schemas.Shared)),
			"it is in schema public, which tenants do not see")
		return nil
	})
	if err != nil {
		return err
	}
	return e.publicCreate(ctx)
}

func sqlKind(kind string) string {
	switch kind {
	case "view":
		return "VIEW"
	case "materialized view":
		return "MATERIALIZED VIEW"
	case "sequence":
		return "SEQUENCE"
	case "foreign table":
		return "FOREIGN TABLE"
	case "function":
		return "FUNCTION"
	case "type":
		return "TYPE"
	}
	return "TABLE"
}

const everybodyCreates = `SELECT EXISTS (
 SELECT FROM pg_namespace AS n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
 WHERE n.nspname = 'public' AND a.grantee = 0 AND a.privilege_type = 'CREATE')`

func (e *exam) publicCreate(ctx context.Context) error {
	var everybody bool
	err := e.conn.QueryRow(ctx, everybodyCreates).Scan(&everybody)
	if err == nil && everybody {
		e.found(Warning, "public", "schema public", "run rowhouse init, or REVOKE CREATE ON SCHEMA public FROM PUBLIC",
			"every role may create objects in it")
	}
	return err
}

const bothScopes = `SELECT s.relname::text, min(n.nspname)::text, count(*)
FROM pg_class AS s JOIN pg_class AS t ON t.relname = s.relname JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE s.relnamespace = to_regnamespace($1) AND s.relkind IN ('r', 'p', 'v', 'm', 'f')
 AND t.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY ($2::text[])
 AND s.relname <> ALL (coalesce($3::text[], '{}'))
GROUP BY s.relname ORDER BY s.relname`

// scopes finds names that exist in both scopes: which table a statement means then
// depends on whether the tenant still has its own.
func (e *exam) scopes(ctx context.Context) error {
	rows, _ := e.conn.Query(ctx, bothScopes, ident.Quote(e.config.Schemas.Shared), e.schemas(), e.config.Both)
	var table, schema string
	var count int64
	_, err := pgx.ForEachRow(rows, []any{&table, &schema, &count}, func() error {
		e.found(Problem, "scopes", "table "+table, "rename one of them in a migration, or list it under schemas.both",
			"it exists in schema %s and in %d tenant schema(s), such as %s", e.config.Schemas.Shared, count, schema)
		return nil
	})
	return err
}

// schemas lists the schemas of all tenants that have one on the main server.
func (e *exam) schemas() []string {
	names := []string{}
	for _, t := range e.housed() {
		names = append(names, t.Placement.Schema)
	}
	return names
}
