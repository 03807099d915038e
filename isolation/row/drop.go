package row

import (
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// next plans the next batch of at most a thousand rows: of a table that holds rows of
// the tenant and is referred to by no other that does, in the order of its key. Tables
// that refer to each other, or to themselves, are emptied by one statement, at whose
// end their keys are checked. Nobody else's rows are locked, and no table against
// anybody's reads and writes.
//
// query_to_xml is the one built-in that runs a computed query, here whether a table
// has rows left. Partitions are tables; what they are partitions of holds no rows.
const next = `WITH RECURSIVE tables AS (
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name,
         (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.turn)
          FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, turn), pg_attribute a
          WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum) AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.oid = to_regnamespace($1) AND c.relkind = 'r'
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = '` + Column + `' AND NOT a.attisdropped)
), left_over AS MATERIALIZED (
  SELECT * FROM tables
  WHERE query_to_xml(format('SELECT FROM %s WHERE ` + Column + ` = %L LIMIT 1', name, $2), false, false, '')::text LIKE '%<row%'
), refers AS (
  SELECT conrelid AS child, confrelid AS parent FROM pg_constraint
  WHERE contype = 'f' AND conrelid IN (SELECT oid FROM tables) AND confrelid IN (SELECT oid FROM tables)
), reaches AS (
  SELECT child, parent FROM refers
  UNION
  SELECT r.child, f.parent FROM reaches r JOIN refers f ON f.child = r.parent
), round_trip AS (
  SELECT r.child AS a, r.parent AS b FROM reaches r JOIN reaches back ON back.child = r.parent AND back.parent = r.child
), ready AS (
  SELECT t.* FROM left_over t
  WHERE NOT EXISTS (
    SELECT FROM reaches r JOIN left_over c ON c.oid = r.child
    WHERE r.parent = t.oid AND NOT EXISTS (SELECT FROM round_trip WHERE a = t.oid AND b = c.oid))
  ORDER BY t.name LIMIT 1
)
SELECT $3 || E';\n' || coalesce(
  (SELECT 'WITH ' || string_agg(format('d%s AS (DELETE FROM %s WHERE ` + Column + ` = %L)', t.oid, t.name, $2), ', ') || ' SELECT'
   FROM round_trip JOIN tables t ON t.oid = b WHERE a = ready.oid),
  format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE ` + Column + ` = %2$L%3$s LIMIT 1000))',
         name, $2, ' ORDER BY ' || key))
FROM ready`

// Drop plans the deletion of the tenant's rows. Each batch enters the tenant, so that
// the tables' own triggers find what they expect.
func (l *Level) Drop(id tenant.ID, p tenant.Placement) isolation.Demolition {
	return isolation.Demolition{
		Next: isolation.Statement{SQL: next, Args: []string{
			ident.Quote(p.Schema), id.String(), l.EnterMigrator(id, p).Inline(),
		}},
		Last: []isolation.Statement{
			{SQL: "DROP SCHEMA IF EXISTS " + ident.Quote(ident.ReadOnlyMarker(id))},
		},
	}
}
