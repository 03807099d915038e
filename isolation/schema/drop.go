package schema

import (
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// next lists the objects that hold the most locks, in an order in which CASCADE
// takes little else with it: views before tables, partitions before what they are
// partitions of. Ten tables take about two hundred locks: the default
// lock table has room for many such batches at once, but not for a large schema.
const next = `SELECT format('DROP %s IF EXISTS %I.%I CASCADE', kind, schema, name)
FROM (
  SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
              WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
         n.nspname AS schema, c.relname AS name,
         CASE c.relkind WHEN 'v' THEN 0 WHEN 'm' THEN 1 WHEN 'p' THEN 3 WHEN 'S' THEN 4 ELSE 2 END AS turn
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.oid = to_regnamespace($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                    AND d.objid = c.oid AND d.deptype IN ('e', 'i', 'P'))
) AS objects
ORDER BY turn, name
LIMIT 10`

// Drop plans the demolition of the schema in batches of ten objects.
func (l *Level) Drop(id tenant.ID, p tenant.Placement) isolation.Demolition {
	return isolation.Demolition{
		Next: isolation.Statement{SQL: next, Args: []string{ident.Quote(p.Schema)}},
		Last: []isolation.Statement{
			{SQL: "DROP SCHEMA IF EXISTS " + ident.Quote(p.Schema) + " CASCADE"},
			{SQL: "DROP SCHEMA IF EXISTS " + ident.Quote(ident.ReadOnlyMarker(id))},
		},
	}
}
