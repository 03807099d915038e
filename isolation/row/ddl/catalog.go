package ddl

import "github.com/rowhouse-go/rowhouse/isolation"

// Catalog returns the query whose one row and column, JSON text, [ReadModel] reads:
// what exists in the schema of the tenant tables. Run it where the migrations run,
// before the first statement of a file.
func Catalog(schema string) isolation.Statement {
	return isolation.Statement{SQL: catalogQuery, Args: []string{schema}}
}

const catalogQuery = `WITH ns AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
code AS (` + codeQuery + `),
rel AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN ns ON c.relnamespace = ns.oid),
tab AS (SELECT r.relname, r.oid FROM rel r WHERE r.relkind IN ('r', 'p')),
col AS (
	SELECT tab.oid, json_agg(a.attname ORDER BY a.attnum) AS names
	FROM tab JOIN pg_attribute a ON a.attrelid = tab.oid AND a.attnum > 0 AND NOT a.attisdropped GROUP BY tab.oid),
con AS (
	SELECT k.conrelid AS oid, json_object_agg(k.conname, json_build_object(
		'kind', k.contype, 'delete', k.confdeltype, 'update', k.confupdtype,
		'calls', coalesce((SELECT min(code.proname) FROM pg_depend d JOIN code ON code.oid = d.refobjid
			WHERE k.contype = 'c' AND d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_proc'::regclass), ''),
		'columns', coalesce((SELECT json_agg(a.attname ORDER BY n.ord) FROM unnest(k.conkey) WITH ORDINALITY n (att, ord)
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.att WHERE a.attname <> '` + Column + `'), '[]'),
		'refers', coalesce((SELECT json_agg(a.attname ORDER BY n.ord) FROM unnest(k.confkey) WITH ORDINALITY n (att, ord)
			JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.att WHERE a.attname <> '` + Column + `'), '[]'),
		'table', coalesce((SELECT tab.relname FROM tab WHERE tab.oid = k.confrelid), ''))) AS keys
	FROM pg_constraint k JOIN tab ON tab.oid = k.conrelid GROUP BY k.conrelid),
def AS (
	SELECT a.attrelid AS oid, json_object_agg(a.attname, code.proname) AS calls
	FROM pg_attrdef e JOIN pg_attribute a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
	JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid AND d.refclassid = 'pg_proc'::regclass
	JOIN code ON code.oid = d.refobjid JOIN tab ON tab.oid = a.attrelid GROUP BY a.attrelid),
trg AS (
	SELECT t.tgrelid AS oid, json_agg(json_build_object('name', t.tgname, 'delete', t.tgtype & 8 <> 0, 'update', t.tgtype & 16 <> 0,
		'function', coalesce((SELECT min(code.proname) FROM pg_depend d JOIN code ON code.oid = d.refobjid AND d.refobjid <> t.tgfoid
			WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_proc'::regclass),
			(SELECT f.proname FROM pg_proc f JOIN ns ON f.pronamespace = ns.oid WHERE f.oid = t.tgfoid), ''),
		'of', (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_attribute a WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr))) ORDER BY t.tgname) AS names
	FROM pg_trigger t JOIN tab ON tab.oid = t.tgrelid WHERE NOT t.tgisinternal GROUP BY t.tgrelid)
SELECT json_build_object(
	'tables', coalesce((SELECT json_object_agg(tab.relname, json_build_object(
		'columns', coalesce(col.names, '[]'), 'defaults', coalesce(def.calls, '{}'), 'parent', coalesce((SELECT parent.relname FROM pg_inherits h
			JOIN tab parent ON parent.oid = h.inhparent WHERE h.inhrelid = tab.oid), ''),
		'keys', coalesce(con.keys, '{}'), 'triggers', coalesce(trg.names, '[]')) ORDER BY tab.relname)
		FROM tab LEFT JOIN col USING (oid) LEFT JOIN con USING (oid) LEFT JOIN def USING (oid) LEFT JOIN trg USING (oid)), '{}'),
	'relations', coalesce((SELECT json_object_agg(rel.relname, json_build_object('kind', rel.relkind, 'of', coalesce(
		(SELECT tab.relname FROM pg_index i JOIN tab ON tab.oid = i.indrelid WHERE i.indexrelid = rel.oid), ''),
		'lone', EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND i.indkey::text = a.attnum::text
			WHERE i.indexrelid = rel.oid AND a.attname = '` + Column + `'),
		'uses', coalesce((SELECT json_agg(DISTINCT a.attname) FROM pg_depend d JOIN pg_index i ON i.indexrelid = d.objid
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
			WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.refobjid = i.indrelid AND a.attname <> '` + Column + `'), '[]')))
		FROM rel WHERE rel.relkind NOT IN ('r', 'p')), '{}'),
	'functions', coalesce((SELECT json_object_agg(f.proname, f.volatility)
		FROM (SELECT p.proname, max(p.provolatile) AS volatility FROM pg_proc p JOIN ns ON p.pronamespace = ns.oid
			WHERE NOT ` + extensionCondition + `
			GROUP BY p.proname) f), '{}'),
	'plain', coalesce((SELECT json_object_agg(p.proname, true) FROM pg_proc p JOIN ns ON p.pronamespace = ns.oid WHERE ` + plainCondition + `), '{}'),
	'extensions', coalesce((SELECT json_agg(extname ORDER BY extname) FROM pg_extension), '[]'))::text`

// extensionCondition says that the function p is an extension's.
const extensionCondition = `EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')`

// codeQuery lists functions that may read rows and are neither PostgreSQL's nor an extension's.
const codeQuery = `SELECT p.* FROM pg_proc p WHERE p.provolatile <> 'i' AND p.prokind <> 'a'
	AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND NOT ` + extensionCondition

// plainCondition says that the function p is a trigger's and only assigns fields, and
// not the tenant's.
const plainCondition = `p.prorettype = 'trigger'::regtype AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
	AND p.prosrc ~* '` + assigning + `' AND p.prosrc !~* '` + Column + `'`
