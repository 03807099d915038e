package ddl

import "github.com/rowhouse-go/rowhouse/isolation"

// Catalog returns the query whose one row and column, JSON text, [ReadModel] reads:
// what exists in the schema of the tenant tables. Run it where the migrations run,
// before the first statement of a file.
func Catalog(schema string) isolation.Statement {
	return isolation.Statement{SQL: catalogQuery, Args: []string{schema}}
}

const catalogQuery = `WITH ns AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
rel AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN ns ON c.relnamespace = ns.oid),
tab AS (SELECT r.relname, r.oid FROM rel r WHERE r.relkind IN ('r', 'p')),
col AS (
	SELECT tab.oid, json_agg(a.attname ORDER BY a.attnum) AS names
	FROM tab JOIN pg_attribute a ON a.attrelid = tab.oid AND a.attnum > 0 AND NOT a.attisdropped GROUP BY tab.oid),
con AS (
	SELECT k.conrelid AS oid, json_object_agg(k.conname, json_build_object(
		'kind', k.contype,
		'columns', coalesce((SELECT json_agg(a.attname ORDER BY n.ord) FROM unnest(k.conkey) WITH ORDINALITY n (att, ord)
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.att WHERE a.attname <> '` + Column + `'), '[]'),
		'refers', coalesce((SELECT json_agg(a.attname ORDER BY n.ord) FROM unnest(k.confkey) WITH ORDINALITY n (att, ord)
			JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.att WHERE a.attname <> '` + Column + `'), '[]'),
		'table', coalesce((SELECT tab.relname FROM tab WHERE tab.oid = k.confrelid), ''))) AS keys
	FROM pg_constraint k JOIN tab ON tab.oid = k.conrelid GROUP BY k.conrelid),
trg AS (
	SELECT t.tgrelid AS oid, json_agg(t.tgname ORDER BY t.tgname) AS names
	FROM pg_trigger t JOIN tab ON tab.oid = t.tgrelid WHERE NOT t.tgisinternal GROUP BY t.tgrelid)
SELECT json_build_object(
	'tables', coalesce((SELECT json_object_agg(tab.relname, json_build_object(
		'columns', coalesce(col.names, '[]'), 'parent', coalesce((SELECT parent.relname FROM pg_inherits h
			JOIN tab parent ON parent.oid = h.inhparent WHERE h.inhrelid = tab.oid), ''),
		'keys', coalesce(con.keys, '{}'), 'triggers', coalesce(trg.names, '[]')) ORDER BY tab.relname)
		FROM tab LEFT JOIN col USING (oid) LEFT JOIN con USING (oid) LEFT JOIN trg USING (oid)), '{}'),
	'relations', coalesce((SELECT json_object_agg(rel.relname, json_build_object('kind', rel.relkind, 'of', coalesce(
		(SELECT tab.relname FROM pg_index i JOIN tab ON tab.oid = i.indrelid WHERE i.indexrelid = rel.oid), ''),
		'uses', coalesce((SELECT json_agg(DISTINCT a.attname) FROM pg_depend d JOIN pg_index i ON i.indexrelid = d.objid
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
			WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.refobjid = i.indrelid AND a.attname <> '` + Column + `'), '[]')))
		FROM rel WHERE rel.relkind NOT IN ('r', 'p')), '{}'),
	'functions', coalesce((SELECT json_object_agg(f.proname, f.volatility)
		FROM (SELECT p.proname, max(p.provolatile) AS volatility FROM pg_proc p JOIN ns ON p.pronamespace = ns.oid
			GROUP BY p.proname) f), '{}'),
	'extensions', coalesce((SELECT json_agg(extname ORDER BY extname) FROM pg_extension), '[]'))::text`
