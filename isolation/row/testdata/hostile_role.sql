-- create
CREATE SCHEMA IF NOT EXISTS "pooled";
CREATE SCHEMA IF NOT EXISTS rowhouse;
DO 'BEGIN IF to_regclass(''rowhouse.row_guard'') IS NULL THEN CREATE TABLE rowhouse.row_guard (); ALTER TABLE rowhouse.row_guard ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; END IF; END';
GRANT USAGE ON SCHEMA "pooled" TO "app""; DROP SCHEMA ""x";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "pooled" TO "app""; DROP SCHEMA ""x";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA "pooled" TO "app""; DROP SCHEMA ""x";
ALTER DEFAULT PRIVILEGES IN SCHEMA "pooled" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "app""; DROP SCHEMA ""x";
ALTER DEFAULT PRIVILEGES IN SCHEMA "pooled" GRANT USAGE, SELECT ON SEQUENCES TO "app""; DROP SCHEMA ""x";
GRANT USAGE ON SCHEMA rowhouse TO "app""; DROP SCHEMA ""x";

-- enter
SELECT set_config('search_path', '"pooled", "shared", "extensions", "pg_temp"', true),
 set_config('rowhouse.tenant', '01980000-1111-7222-8333-444455556666', true),
 pg_advisory_xact_lock_shared('-8992768970648623514'::text::bigint),
 pg_relation_is_updatable('pg_catalog.pg_namespace'::regclass, false),
 CASE WHEN has_schema_privilege('"pooled"'::text::regnamespace, 'USAGE') THEN 1 ELSE (current_user || ' has no USAGE on schema ' || '"pooled"')::int END,
 CASE WHEN to_regnamespace('"rowhouse_at_01980000111172228333444455556666_2"') IS NULL THEN 1 ELSE (current_setting('rowhouse.tenant') || ' has left its epoch: there is ' || '"rowhouse_at_01980000111172228333444455556666_2"')::int END,
 CASE WHEN to_regnamespace('"rowhouse_ro_01980000111172228333444455556666"') IS NULL THEN '' ELSE set_config('transaction_read_only', 'on', true) END,
 CASE WHEN row_security_active('rowhouse.row_guard'::text::regclass) THEN NULL ELSE (current_user || ' bypasses row-level security')::date END;

-- enter to migrate the tenant's rows
SELECT set_config('search_path', '"pooled", "shared", "extensions", "pg_temp"', true),
 set_config('rowhouse.tenant', '01980000-1111-7222-8333-444455556666', true),
 pg_advisory_xact_lock_shared('-8992768970648623514'::text::bigint),
 pg_relation_is_updatable('pg_catalog.pg_namespace'::regclass, false),
 CASE WHEN has_schema_privilege('"pooled"'::text::regnamespace, 'USAGE') THEN 1 ELSE (current_user || ' has no USAGE on schema ' || '"pooled"')::int END,
 CASE WHEN to_regnamespace('"rowhouse_at_01980000111172228333444455556666_2"') IS NULL THEN 1 ELSE (current_setting('rowhouse.tenant') || ' has left its epoch: there is ' || '"rowhouse_at_01980000111172228333444455556666_2"')::int END;

-- enter to migrate the tables
SELECT set_config('search_path', '"pooled", "shared", "extensions", "pg_temp"', true), set_config('rowhouse.tenant', '', true);

-- fence
CREATE SCHEMA IF NOT EXISTS "rowhouse_at_01980000111172228333444455556666_2";

-- fence
CREATE SCHEMA IF NOT EXISTS "rowhouse_at_01980000111172228333444455556666_3";

-- next rows to delete
WITH RECURSIVE tables AS (
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name,
         (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.turn)
          FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, turn), pg_attribute a
          WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum) AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.oid = to_regnamespace('"pooled"') AND c.relkind = 'r'
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
), left_over AS MATERIALIZED (
  SELECT * FROM tables
  WHERE query_to_xml(format('SELECT FROM %s WHERE tenant_id = %L LIMIT 1', name, '01980000-1111-7222-8333-444455556666'), false, false, '')::text LIKE '%<row%'
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
    (SELECT 'WITH ' || string_agg(format('d%s AS (DELETE FROM %s WHERE tenant_id = %L RETURNING 1)', t.oid, t.name, '01980000-1111-7222-8333-444455556666'), ', ')
       || ' SELECT ' || string_agg(format('(SELECT count(*) FROM d%s)', t.oid), ' + ') || ' INTO rowhouse_gone'
     FROM round_trip JOIN tables t ON t.oid = b WHERE a = ready.oid),
    format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE tenant_id = %2$L%3$s LIMIT 1000)); GET DIAGNOSTICS rowhouse_gone = ROW_COUNT',
           name, '01980000-1111-7222-8333-444455556666', ' ORDER BY ' || key)) AS sql
  FROM ready, LATERAL (SELECT ARRAY(SELECT ready.oid UNION SELECT b FROM round_trip WHERE a = ready.oid) AS oids) AS all_of_it
), fires AS (
  SELECT string_agg(DISTINCT quote_ident(g.tgname), ', ') AS triggers,
         string_agg(DISTINCT quote_ident(g.tgname), ', ') FILTER (WHERE g.tgtype & 11 = 11) AS keepers
  FROM batch JOIN pg_trigger g ON g.tgrelid = ANY (batch.oids) JOIN pg_proc f ON f.oid = g.tgfoid
  WHERE g.tgenabled IN ('O', 'A') AND f.pronamespace <> 'pg_catalog'::regnamespace
)
SELECT 'SELECT set_config(''search_path'', ''"pooled", "shared", "extensions", "pg_temp"'', true),
 set_config(''rowhouse.tenant'', ''01980000-1111-7222-8333-444455556666'', true),
 pg_advisory_xact_lock_shared(''-8992768970648623514''::text::bigint),
 pg_relation_is_updatable(''pg_catalog.pg_namespace''::regclass, false),
 CASE WHEN has_schema_privilege(''"pooled"''::text::regnamespace, ''USAGE'') THEN 1 ELSE (current_user || '' has no USAGE on schema '' || ''"pooled"'')::int END,
 CASE WHEN to_regnamespace(''"rowhouse_at_01980000111172228333444455556666_4"'') IS NULL THEN 1 ELSE (current_setting(''rowhouse.tenant'') || '' has left its epoch: there is '' || ''"rowhouse_at_01980000111172228333444455556666_4"'')::int END' || E';\n' || CASE
  WHEN triggers IS NULL THEN run
  WHEN '"app""; DROP SCHEMA ""x"' = '' THEN 'DO ' || quote_literal(format(
    'BEGIN RAISE EXCEPTION USING ERRCODE = ''RH004'', TABLE = %L, MESSAGE = %L; END', name,
    'its triggers (' || triggers || ') must run as the application''s role: write app_role into the configuration, and run this again'))
  ELSE format(E'SET LOCAL rowhouse.purge = on;\nSET LOCAL ROLE %s;\n%s;\nSET CONSTRAINTS ALL IMMEDIATE;\nRESET ROLE', '"app""; DROP SCHEMA ""x"', run) END
FROM batch, fires, LATERAL (SELECT 'DO ' || quote_literal(format(
  'DECLARE rowhouse_gone bigint; BEGIN %s; IF rowhouse_gone = 0 THEN RAISE EXCEPTION USING ERRCODE = ''RH004'', TABLE = %L, MESSAGE = %L; END IF; END',
  sql, name, coalesce('its triggers (' || keepers || ') keep the rows that are deleted: let them return OLD where current_setting(''rowhouse.purge'', true) is on, and run this again',
    'its policies hide the rows from who deletes them: correct them, and run this again'))) AS run) AS made;

-- last
DROP SCHEMA IF EXISTS "rowhouse_ro_01980000111172228333444455556666";

