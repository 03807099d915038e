-- What the schemas $1 contain: one row per schema, its name and a text. Everything
-- that is compared is in that text, so its hash is the schema's fingerprint.
--
-- Objects end with \x1e; their parts with \x1f: kind, table or type that it belongs
-- to, name, then "attribute=value", left out where it is the default.
--
-- $2: tables to leave out   $3: compare grants too   $4: leave names as they are
WITH n AS MATERIALIZED (
  SELECT oid, nspname::text AS schema, quote_ident(nspname) || '.' AS dot
  FROM pg_namespace WHERE nspname = ANY ($1::text[])
), member AS MATERIALIZED (
  SELECT classid, objid, objid IS NOT NULL AS yes FROM pg_depend
  WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
), rel AS MATERIALIZED (
  SELECT c.oid, c.relname::text AS name, c.relkind AS kind, n.oid AS ns,
         c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relacl, c.relowner,
         c.relreplident, c.relam, c.relpartbound, c.relispartition
  FROM n JOIN pg_class c ON c.relnamespace = n.oid
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relname <> ALL ($2::text[])
    AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
), owned AS MATERIALIZED (
  SELECT rel.oid, t.relname::text AS tbl, a.attname::text AS col, d.deptype
  FROM rel JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  JOIN pg_class t ON t.oid = d.refobjid
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE rel.kind = 'S'
), proc AS MATERIALIZED (
  SELECT p.oid, n.oid AS ns, p.prokind AS kind, p.proacl, p.proowner,
         quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name
  FROM n JOIN pg_proc p ON p.pronamespace = n.oid
  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                    AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
), typ AS MATERIALIZED (
  SELECT t.*, n.oid AS ns
  FROM n JOIN pg_type t ON t.typnamespace = n.oid
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
    AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
), kinds (relkind, kind) AS (
  VALUES ('r'::"char", 'table'), ('p', 'table'), ('f', 'foreign table'), ('v', 'view'), ('m', 'materialized view'), ('S', 'sequence')
), fact (ns, kind, tbl, name, attrs) AS (
  -- Tables
  SELECT ns, kinds.kind, '', name, concat_ws(E'\x1f',
    CASE relpersistence WHEN 'u' THEN 'unlogged=true' END,
    CASE WHEN relrowsecurity THEN 'row security=true' END,
    CASE WHEN relforcerowsecurity THEN 'force row security=true' END,
    'options=' || (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(reloptions) o),
    'partition by=' || CASE rel.kind WHEN 'p' THEN pg_get_partkeydef(rel.oid) END,
    CASE WHEN relispartition THEN 'partition of=' ELSE 'inherits=' END
      || (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = rel.oid),
    'bound=' || pg_get_expr(relpartbound, rel.oid),
    'replica identity=' || CASE relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END,
    'access method=' || (SELECT amname FROM pg_am WHERE pg_am.oid = relam AND amname <> 'heap'),
    'server=' || (SELECT srvname || ' ' || coalesce(ftoptions::text, '') FROM pg_foreign_table
                  JOIN pg_foreign_server s ON s.oid = ftserver WHERE ftrelid = rel.oid))
  FROM rel JOIN kinds ON kinds.relkind = rel.kind WHERE rel.kind IN ('r', 'p', 'f')
  UNION ALL
  SELECT ns, 'column', rel.name, a.attname, concat_ws(E'\x1f',
    'type=' || format_type(a.atttypid, a.atttypmod),
    'collation=' || CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
    CASE WHEN a.attnotnull THEN 'not null=true' END,
    CASE a.attgenerated WHEN '' THEN 'default=' WHEN 's' THEN 'generated=' ELSE 'generated virtual=' END || pg_get_expr(d.adbin, d.adrelid),
    'identity=' || CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
    'storage=' || CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage
      WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END,
    'compression=' || CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
    'statistics=' || CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
    'options=' || array_to_string(a.attoptions, ', '),
    CASE WHEN a.attinhcount > 0 THEN 'inherited=true' END)
  FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE rel.kind IN ('r', 'p', 'f') OR rel.kind = 'v' AND a.atthasdef
  UNION ALL
  SELECT ns, 'constraint', rel.name, conname, concat_ws(E'\x1f',
    'definition=' || pg_get_constraintdef(k.oid),
    CASE WHEN g.off THEN 'not enforced=true' END,
    CASE WHEN NOT indisvalid THEN 'invalid=true' END,
    'options=' || array_to_string(c.reloptions, ', '),
    CASE WHEN indisclustered THEN 'clustered=true' END,
    CASE WHEN indisreplident THEN 'replica identity=true' END,
    CASE WHEN coninhcount > 0 THEN 'inherited=true' END)
  FROM rel JOIN pg_constraint k ON conrelid = rel.oid
  LEFT JOIN pg_index ON indexrelid = conindid AND contype IN ('p', 'u', 'x') LEFT JOIN pg_class c ON c.oid = indexrelid
  LEFT JOIN (SELECT DISTINCT tgconstraint, true AS off FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'O') g ON g.tgconstraint = k.oid
  WHERE contype IN ('c', 'f', 'p', 'u', 'x')
  UNION ALL
  SELECT ns, 'index', rel.name, c.relname, concat_ws(E'\x1f',
    'definition=' || pg_get_indexdef(indexrelid),
    CASE WHEN NOT indisvalid THEN 'invalid=true' END,
    CASE WHEN indisclustered THEN 'clustered=true' END,
    CASE WHEN indisreplident THEN 'replica identity=true' END,
    CASE WHEN c.relispartition THEN 'inherited=true' END)
  FROM rel JOIN pg_index i ON indrelid = rel.oid JOIN pg_class c ON c.oid = indexrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = indexrelid AND k.conrelid = rel.oid AND k.contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT ns, 'trigger', rel.name, tgname, concat_ws(E'\x1f',
    'definition=' || pg_get_triggerdef(g.oid),
    CASE tgenabled WHEN 'D' THEN 'disabled=true' END,
    'enabled=' || CASE tgenabled WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END,
    CASE WHEN tgparentid <> 0 THEN 'inherited=true' END)
  FROM rel JOIN pg_trigger g ON tgrelid = rel.oid AND NOT tgisinternal
  UNION ALL
  SELECT ns, 'rule', rel.name, rulename, concat_ws(E'\x1f',
    'definition=' || pg_get_ruledef(r.oid),
    CASE ev_enabled WHEN 'D' THEN 'disabled=true' END,
    'enabled=' || CASE ev_enabled WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END)
  FROM rel JOIN pg_rewrite r ON ev_class = rel.oid AND rulename <> '_RETURN'
  UNION ALL
  SELECT ns, 'policy', rel.name, polname, concat_ws(E'\x1f',
    'command=' || CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
    CASE WHEN NOT polpermissive THEN 'restrictive=true' END,
    'roles=' || (SELECT string_agg(CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END, ', ' ORDER BY r::regrole::text COLLATE "C")
                 FROM unnest(polroles) r WHERE polroles <> '{0}'),
    'using=' || pg_get_expr(polqual, polrelid),
    'with check=' || pg_get_expr(polwithcheck, polrelid))
  FROM rel JOIN pg_policy ON polrelid = rel.oid
  UNION ALL
  -- Views and sequences
  SELECT ns, kinds.kind, '', name, concat_ws(E'\x1f',
    'definition=' || rtrim(pg_get_viewdef(rel.oid), ';'),
    'options=' || (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(reloptions) o))
  FROM rel JOIN kinds ON kinds.relkind = rel.kind WHERE rel.kind IN ('v', 'm')
  UNION ALL
  SELECT ns, 'sequence', '', name, concat_ws(E'\x1f',
    'type=' || format_type(seqtypid, NULL), 'start=' || seqstart, 'increment=' || seqincrement,
    'minimum=' || seqmin, 'maximum=' || seqmax, 'cache=' || seqcache,
    CASE WHEN seqcycle THEN 'cycle=true' END,
    CASE relpersistence WHEN 'u' THEN 'unlogged=true' END,
    CASE deptype WHEN 'i' THEN 'identity of=' ELSE 'owned by=' END || quote_ident(tbl) || '.' || quote_ident(col))
  FROM rel JOIN pg_sequence ON seqrelid = rel.oid LEFT JOIN owned ON owned.oid = rel.oid
  WHERE tbl IS NULL OR tbl <> ALL ($2::text[])
  UNION ALL
  -- Functions
  SELECT ns, CASE kind WHEN 'p' THEN 'procedure' ELSE 'function' END, '', name, 'definition=' || pg_get_functiondef(oid)
  FROM proc WHERE kind <> 'a'
  UNION ALL
  SELECT ns, 'aggregate', '', name, concat_ws(E'\x1f',
    'state function=' || aggtransfn, 'state type=' || format_type(aggtranstype, NULL), 'kind=' || aggkind::text,
    'space=' || nullif(aggtransspace, 0), 'final function=' || nullif(aggfinalfn, 0)::regproc, 'initial=' || agginitval,
    'combine function=' || nullif(aggcombinefn, 0)::regproc, 'sort operator=' || nullif(aggsortop, 0)::regoperator,
    'moving state function=' || nullif(aggmtransfn, 0)::regproc, 'returns=' || pg_get_function_result(proc.oid))
  FROM proc JOIN pg_aggregate ON aggfnoid = proc.oid
  UNION ALL
  -- Types
  SELECT ns, 'enum', '', typname, 'labels=' || coalesce(
    (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = typ.oid), '')
  FROM typ WHERE typtype = 'e'
  UNION ALL
  SELECT ns, 'domain', '', typname, concat_ws(E'\x1f',
    'type=' || format_type(typbasetype, typtypmod),
    'collation=' || CASE WHEN typcollation <> (SELECT b.typcollation FROM pg_type b WHERE b.oid = typ.typbasetype) THEN typcollation::regcollation::text END,
    CASE WHEN typnotnull THEN 'not null=true' END,
    'default=' || pg_get_expr(typdefaultbin, 0))
  FROM typ WHERE typtype = 'd'
  UNION ALL
  SELECT ns, 'domain constraint', typname, conname, 'definition=' || pg_get_constraintdef(k.oid)
  FROM typ JOIN pg_constraint k ON contypid = typ.oid AND contype = 'c' WHERE typtype = 'd'
  UNION ALL
  SELECT ns, 'composite type', '', typname, 'definition=(' || coalesce(
    (SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
            || CASE WHEN attcollation <> b.typcollation THEN ' COLLATE ' || attcollation::regcollation ELSE '' END, ', ' ORDER BY attnum)
     FROM pg_attribute JOIN pg_type b ON b.oid = atttypid
     WHERE attrelid = typ.typrelid AND attnum > 0 AND NOT attisdropped), '') || ')'
  FROM typ WHERE typtype = 'c'
  UNION ALL
  SELECT ns, 'range', '', typname, concat_ws(E'\x1f',
    'subtype=' || format_type(rngsubtype, NULL),
    'operator class=' || (SELECT quote_ident(nspname) || '.' || quote_ident(opcname) FROM pg_opclass JOIN pg_namespace s ON s.oid = opcnamespace
                          WHERE pg_opclass.oid = rngsubopc AND NOT opcdefault),
    'collation=' || nullif(rngcollation, 0)::regcollation,
    'canonical=' || nullif(rngcanonical, 0)::regproc, 'subtype_diff=' || nullif(rngsubdiff, 0)::regproc,
    'multirange=' || (SELECT m.typname FROM pg_type m WHERE m.oid = rngmultitypid))
  FROM typ JOIN pg_range ON rngtypid = typ.oid
  UNION ALL
  -- The rest
  SELECT rel.ns, 'statistics', rel.name, stxname, concat_ws(E'\x1f',
    'definition=' || pg_get_statisticsobjdef(s.oid), 'target=' || CASE WHEN stxstattarget >= 0 THEN stxstattarget END)
  FROM rel JOIN pg_statistic_ext s ON stxrelid = rel.oid
  UNION ALL
  SELECT n.oid, 'collation', '', collname, concat_ws(E'\x1f',
    'provider=' || collprovider::text, 'collate=' || (to_jsonb(c) ->> 'collcollate'),
    'locale=' || coalesce(to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'colllocale'), 'deterministic=' || collisdeterministic)
  FROM n JOIN pg_collation c ON collnamespace = n.oid
  UNION ALL
  SELECT n.oid, 'operator', '', oprname || '(' || oprleft::regtype || ', ' || oprright::regtype || ')', concat_ws(E'\x1f',
    'function=' || oprcode, 'result=' || oprresult::regtype, 'commutator=' || nullif(oprcom, 0)::regoperator,
    'negator=' || nullif(oprnegate, 0)::regoperator, 'restrict=' || nullif(oprrest, 0)::regproc, 'join=' || nullif(oprjoin, 0)::regproc,
    CASE WHEN oprcanhash THEN 'hashes=true' END, CASE WHEN oprcanmerge THEN 'merges=true' END)
  FROM n JOIN pg_operator o ON oprnamespace = n.oid
  WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_operator'::regclass)
  UNION ALL
  SELECT n.oid, 'text search configuration', '', cfgname, concat_ws(E'\x1f', 'parser=' || prsname,
    'mapping=' || (SELECT string_agg(maptokentype || ' ' || mapdict::regdictionary, ', ' ORDER BY maptokentype, mapseqno)
                   FROM pg_ts_config_map WHERE mapcfg = c.oid))
  FROM n JOIN pg_ts_config c ON cfgnamespace = n.oid JOIN pg_ts_parser p ON p.oid = cfgparser
  UNION ALL
  SELECT n.oid, 'text search dictionary', '', dictname, concat_ws(E'\x1f', 'template=' || tmplname, 'options=' || dictinitoption)
  FROM n JOIN pg_ts_dict d ON dictnamespace = n.oid JOIN pg_ts_template t ON t.oid = dicttemplate
  WHERE d.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_dict'::regclass)
  UNION ALL
  -- Comments: the owner, and "kind name" of what they are on
  SELECT ns, 'comment', name, CASE WHEN objsubid = 0 THEN kinds.kind ELSE 'column ' || attname END, 'text=' || description
  FROM rel JOIN kinds ON kinds.relkind = rel.kind
  JOIN pg_description ON objoid = rel.oid AND classoid = 'pg_class'::regclass
  LEFT JOIN pg_attribute ON attrelid = rel.oid AND attnum = objsubid AND objsubid > 0
  UNION ALL
  SELECT ns, 'comment', rel.name, 'index ' || c.relname, 'text=' || description
  FROM rel JOIN pg_index ON indrelid = rel.oid JOIN pg_class c ON c.oid = indexrelid
  JOIN pg_description ON objoid = indexrelid AND classoid = 'pg_class'::regclass
  UNION ALL
  SELECT ns, 'comment', rel.name, 'constraint ' || conname, 'text=' || description
  FROM rel JOIN pg_constraint k ON conrelid = rel.oid JOIN pg_description ON objoid = k.oid AND classoid = 'pg_constraint'::regclass
  UNION ALL
  SELECT ns, 'comment', rel.name, 'trigger ' || tgname, 'text=' || description
  FROM rel JOIN pg_trigger k ON tgrelid = rel.oid JOIN pg_description ON objoid = k.oid AND classoid = 'pg_trigger'::regclass
  UNION ALL
  SELECT ns, 'comment', rel.name, 'policy ' || polname, 'text=' || description
  FROM rel JOIN pg_policy k ON polrelid = rel.oid JOIN pg_description ON objoid = k.oid AND classoid = 'pg_policy'::regclass
  UNION ALL
  SELECT ns, 'comment', name, CASE kind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, 'text=' || description
  FROM proc JOIN pg_description ON objoid = oid AND classoid = 'pg_proc'::regclass
  UNION ALL
  SELECT ns, 'comment', typname, CASE typtype WHEN 'd' THEN 'domain' ELSE 'type' END, 'text=' || description
  FROM typ JOIN pg_description ON objoid = oid AND classoid = 'pg_type'::regclass
  UNION ALL
  -- Grants, but for what owners have
  SELECT ns, 'grant', name, CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END,
    'privileges=' || string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY g.privilege_type)
  FROM rel, aclexplode(relacl) g WHERE $3::boolean AND g.grantee <> relowner GROUP BY ns, name, g.grantee
  UNION ALL
  SELECT ns, 'grant', name, CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END,
    'privileges=' || string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY g.privilege_type)
  FROM proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) g WHERE $3::boolean AND g.grantee <> proowner GROUP BY ns, name, g.grantee
), described AS (
  SELECT n.schema, n.dot, coalesce(string_agg(
    concat_ws(E'\x1f', kind, tbl, name, nullif(attrs, '')), E'\x1e'
    ORDER BY kind COLLATE "C", replace(tbl, dot, '') COLLATE "C", replace(name, dot, '') COLLATE "C"), '') AS text
  FROM n LEFT JOIN fact ON fact.ns = n.oid GROUP BY n.schema, n.dot
)
SELECT schema, CASE
  WHEN $4::boolean THEN text
  -- A name with the end that Rowhouse gives is nothing else, wherever it stands.
  WHEN schema ~ '_[0-9a-f]{12}(_[0-9]+)?$' THEN replace(text, schema, '__tenant__')
  -- Any other may be a word as well: it counts as a qualifier and in a path.
  WHEN strpos(text, rtrim(dot, '.')) = 0 AND strpos(text, schema) = 0 THEN text
  ELSE regexp_replace(regexp_replace(regexp_replace(text,
      '(?<![[:alnum:]_$"])' || regexp_replace(dot, '([^[:alnum:]_])', '\\\1', 'g'), '__tenant__.', 'g'),
      '(?<![[:alnum:]_$])' || regexp_replace(replace(dot, '''', ''''''), '([^[:alnum:]_])', '\\\1', 'g'), '__tenant__.', 'g'),
      E'(\n SET search_path TO [^\n]*?)' || regexp_replace('''' || replace(schema, '''', '''''') || '''', '([^[:alnum:]_])', '\\\1', 'g'), '\1''__tenant__''', 'g')
  END AS text
FROM described
