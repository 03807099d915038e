-- What is in the schemas $1 and is no member of an extension: everything that has a
-- schema of its own to change.
WITH n AS (
  SELECT oid, nspname::text AS schema FROM pg_namespace WHERE nspname = ANY ($1::text[])
), o (classid, objid, ns, name, kind) AS (
  SELECT 'pg_class'::regclass::oid, oid, relnamespace, relname::text, relkind::text FROM pg_class
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT 'pg_type'::regclass, t.oid, typnamespace, typname::text, CASE typtype WHEN 'd' THEN 'domain' ELSE 'type' END
  FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = typrelid
  WHERE (typtype IN ('e', 'd', 'r', 'm') OR typtype = 'c' AND c.relkind = 'c' OR typtype IN ('b', 'p') AND typcategory <> 'A')
  UNION ALL
  SELECT 'pg_proc'::regclass, oid, pronamespace, proname::text, 'routine' FROM pg_proc
  UNION ALL
  SELECT 'pg_operator'::regclass, oid, oprnamespace, oprname::text, 'operator' FROM pg_operator
  UNION ALL
  SELECT 'pg_opclass'::regclass, oid, opcnamespace, opcname::text, 'operator class' FROM pg_opclass
  UNION ALL
  SELECT 'pg_opfamily'::regclass, oid, opfnamespace, opfname::text, 'operator family' FROM pg_opfamily
  UNION ALL
  SELECT 'pg_collation'::regclass, oid, collnamespace, collname::text, 'collation' FROM pg_collation
  UNION ALL
  SELECT 'pg_conversion'::regclass, oid, connamespace, conname::text, 'conversion' FROM pg_conversion
  UNION ALL
  SELECT 'pg_ts_config'::regclass, oid, cfgnamespace, cfgname::text, 'text search configuration' FROM pg_ts_config
  UNION ALL
  SELECT 'pg_ts_dict'::regclass, oid, dictnamespace, dictname::text, 'text search dictionary' FROM pg_ts_dict
  UNION ALL
  SELECT 'pg_ts_parser'::regclass, oid, prsnamespace, prsname::text, 'text search parser' FROM pg_ts_parser
  UNION ALL
  SELECT 'pg_ts_template'::regclass, oid, tmplnamespace, tmplname::text, 'text search template' FROM pg_ts_template
  UNION ALL
  SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace, stxname::text, 'statistics' FROM pg_statistic_ext
)
SELECT * FROM (
  SELECT o.classid, o.objid, n.schema, o.name, o.kind,
   CASE o.kind WHEN 'routine' THEN o.objid::regprocedure::text ELSE i.identity END AS identity,
   EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = o.classid AND d.objid = o.objid
           AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e') AS member
  FROM n JOIN o ON o.ns = n.oid, pg_identify_object(o.classid, o.objid, 0) AS i
) AS all_of_them
ORDER BY schema COLLATE "C", kind COLLATE "C", identity COLLATE "C"
