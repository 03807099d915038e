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
const next = `WITH RECURSIVE tables AS (` + tables + `
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
), batch AS (
  SELECT name, oids, coalesce(
    (SELECT 'WITH ' || string_agg(format('d%s AS (DELETE FROM %s WHERE ` + Column + ` = %L RETURNING 1)', t.oid, t.name, $2), ', ')
       || ' SELECT ' || string_agg(format('(SELECT count(*) FROM d%s)', t.oid), ' + ') || ' INTO rowhouse_gone'
     FROM round_trip JOIN tables t ON t.oid = b WHERE a = ready.oid),
    format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE ` + Column + ` = %2$L%3$s LIMIT 1000)); GET DIAGNOSTICS rowhouse_gone = ROW_COUNT',
           name, $2, ' ORDER BY ' || key)) AS sql
  FROM ready, LATERAL (SELECT ARRAY(SELECT ready.oid UNION SELECT b FROM round_trip WHERE a = ready.oid) AS oids) AS all_of_it
), fires AS (
  SELECT string_agg(DISTINCT quote_ident(g.tgname), ', ') AS triggers,
         string_agg(DISTINCT quote_ident(g.tgname), ', ') FILTER (WHERE g.tgtype & 11 = 11) AS keepers
  FROM batch JOIN pg_trigger g ON g.tgrelid = ANY (batch.oids) JOIN pg_proc f ON f.oid = g.tgfoid
  WHERE g.tgenabled IN ('O', 'A') AND f.pronamespace <> 'pg_catalog'::regnamespace
)
SELECT $3 || E';\n' || CASE
  WHEN triggers IS NULL THEN run
  WHEN $4 = '' THEN 'DO ' || quote_literal(format(
    'BEGIN RAISE EXCEPTION USING ERRCODE = ''` + isolation.StateStuck + `'', TABLE = %L, MESSAGE = %L; END', name,
    'its triggers (' || triggers || ') must run as the application''s role: write app_role into the configuration, and run this again'))
  ELSE format(E'SET LOCAL ` + Purging + ` = on;\nSET LOCAL ROLE %s;\n%s;\nSET CONSTRAINTS ALL IMMEDIATE;\nRESET ROLE', $4, run) END
FROM batch, fires, LATERAL (SELECT 'DO ' || quote_literal(format(
  'DECLARE rowhouse_gone bigint; BEGIN %s; IF rowhouse_gone = 0 THEN RAISE EXCEPTION USING ERRCODE = ''` + isolation.StateStuck + `'', TABLE = %L, MESSAGE = %L; END IF; END',
  sql, name, coalesce('its triggers (' || keepers || ') keep the rows that are deleted: let them return OLD where current_setting(''` + Purging + `'', true) is on, and run this again',
    'its policies hide the rows from who deletes them: correct them, and run this again'))) AS run) AS made`

// tables are those that hold tenants' rows, with the columns of their keys.
const tables = `
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name,
         (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.turn)
          FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, turn), pg_attribute a
          WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum) AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.oid = to_regnamespace($1) AND c.relkind = 'r'
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = '` + Column + `' AND NOT a.attisdropped)`

// left counts the tenant's rows, table by table.
const left = `WITH tables AS (` + tables + `
), counted AS (
  SELECT name, (xpath('//n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s WHERE ` + Column + ` = %L', name, $2), false, false, '')))[1]::text::bigint AS n
  FROM tables
)
SELECT name, n FROM counted WHERE n > 0`

// Purging is the setting that is on, for the transaction alone, while the rows of a
// tenant that goes are deleted from tables with triggers. A trigger that keeps rows
// otherwise can tell by it.
const Purging = "rowhouse.purge"

// Drop plans the deletion of the tenant's rows. Each batch enters the tenant, and works
// as the application's role where triggers fire, so that they find what they expect and
// nobody else's rows: whoever migrates sees everybody's. A batch that deletes nothing
// fails with [isolation.StateStuck], and so does one whose triggers had no such role.
func (l *Level) Drop(id tenant.ID, p tenant.Placement) isolation.Demolition {
	role := ""
	if l.role != "" {
		role = ident.Quote(l.role)
	}
	return isolation.Demolition{
		Next: isolation.Statement{SQL: next, Args: []string{
			ident.Quote(p.Schema), id.String(), l.EnterMigrator(id, p).Inline(), role,
		}},
		Last: []isolation.Statement{
			{SQL: "DROP SCHEMA IF EXISTS " + ident.Quote(ident.ReadOnlyMarker(id))},
		},
		Left: isolation.Statement{SQL: left, Args: []string{ident.Quote(p.Schema), id.String()}},
	}
}
