-- create
CREATE SCHEMA IF NOT EXISTS "tenant_acme_two_444455556666";
GRANT USAGE ON SCHEMA "tenant_acme_two_444455556666" TO "app""; DROP SCHEMA ""x";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "tenant_acme_two_444455556666" TO "app""; DROP SCHEMA ""x";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA "tenant_acme_two_444455556666" TO "app""; DROP SCHEMA ""x";
ALTER DEFAULT PRIVILEGES IN SCHEMA "tenant_acme_two_444455556666" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "app""; DROP SCHEMA ""x";
ALTER DEFAULT PRIVILEGES IN SCHEMA "tenant_acme_two_444455556666" GRANT USAGE, SELECT ON SEQUENCES TO "app""; DROP SCHEMA ""x";

-- enter
SELECT set_config('search_path', '"tenant_acme_two_444455556666", "shared", "extensions", "pg_temp"', true),
 pg_advisory_xact_lock_shared('-8992768970648623514'::text::bigint),
 pg_relation_is_updatable('pg_catalog.pg_namespace'::regclass, false),
 CASE WHEN has_schema_privilege('"tenant_acme_two_444455556666"'::text::regnamespace, 'USAGE') THEN 1 ELSE (current_user || ' has no USAGE on schema ' || '"tenant_acme_two_444455556666"')::int END,
 CASE WHEN to_regnamespace('"rowhouse_ro_01980000111172228333444455556666"') IS NULL THEN '' ELSE set_config('transaction_read_only', 'on', true) END;

-- enter to migrate
SELECT set_config('search_path', '"tenant_acme_two_444455556666", "shared", "extensions", "pg_temp"', true),
 pg_advisory_xact_lock_shared('-8992768970648623514'::text::bigint),
 pg_relation_is_updatable('pg_catalog.pg_namespace'::regclass, false),
 CASE WHEN has_schema_privilege('"tenant_acme_two_444455556666"'::text::regnamespace, 'USAGE') THEN 1 ELSE (current_user || ' has no USAGE on schema ' || '"tenant_acme_two_444455556666"')::int END;

-- lock
SELECT pg_advisory_xact_lock('-8992768970648623514'::text::bigint);

-- read-only
CREATE SCHEMA IF NOT EXISTS "rowhouse_ro_01980000111172228333444455556666";

-- writable
DROP SCHEMA IF EXISTS "rowhouse_ro_01980000111172228333444455556666";

-- fence: from tenant_acme_two_444455556666 to tenant_acme_two_444455556666_2
DO 'BEGIN IF to_regnamespace(''"tenant_acme_two_444455556666"'') IS NOT NULL THEN ALTER SCHEMA "tenant_acme_two_444455556666" RENAME TO "tenant_acme_two_444455556666_2"; END IF; END';

-- fence: from tenant_acme_two_444455556666_2 to tenant_acme_two_444455556666_3
DO 'BEGIN IF to_regnamespace(''"tenant_acme_two_444455556666_2"'') IS NOT NULL THEN ALTER SCHEMA "tenant_acme_two_444455556666_2" RENAME TO "tenant_acme_two_444455556666_3"; END IF; END';

-- next objects to drop
SELECT format('DROP %s IF EXISTS %I.%I CASCADE', kind, schema, name)
FROM (
  SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
              WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
         n.nspname AS schema, c.relname AS name,
         CASE c.relkind WHEN 'v' THEN 0 WHEN 'm' THEN 1 WHEN 'p' THEN 3 WHEN 'S' THEN 4 ELSE 2 END AS turn
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.oid = to_regnamespace('"tenant_acme_two_444455556666_3"') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                    AND d.objid = c.oid AND d.deptype IN ('e', 'i', 'P'))
) AS objects
ORDER BY turn, name
LIMIT 10;

-- last
DROP SCHEMA IF EXISTS "tenant_acme_two_444455556666_3" CASCADE;
DROP SCHEMA IF EXISTS "rowhouse_ro_01980000111172228333444455556666";

