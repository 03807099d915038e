package ddl

// What follows finds code that runs with the rights of one who sees all rows, or whose
// results pass from tenant to tenant.

// behind ends what is said of code that a foreign key's action sets off.
const behind = ` || ' runs behind the foreign key ' || acts.conname || ' as the tables'' owner, who sees the rows of all tenants'`

const triggerBehindCheck = `SELECT acts.relname, 'the trigger ' || t.tgname` + behind + ` FROM acts JOIN pg_trigger t ON t.tgrelid = acts.conrelid
	JOIN pg_proc p ON p.oid = t.tgfoid AND p.pronamespace <> 'pg_catalog'::regnamespace AND NOT ` + extensionCondition + `
WHERE (acts.confdeltype = 'c' AND t.tgtype & 8 <> 0 OR acts.updates AND t.tgtype & 16 <> 0
		AND (cardinality(t.tgattr::int2[]) = 0 OR t.tgattr::int2[] && acts.conkey))
	AND (NOT (` + plainCondition + `) OR EXISTS (SELECT FROM called WHERE called.objid = t.oid AND called.classid = 'pg_trigger'::regclass AND called.oid <> p.oid))`

const checkBehindCheck = `SELECT DISTINCT acts.relname, 'the CHECK ' || c.conname` + behind + ` FROM acts JOIN pg_constraint c ON c.conrelid = acts.conrelid AND c.contype = 'c'
	JOIN called ON called.classid = 'pg_constraint'::regclass AND called.objid = c.oid WHERE acts.updates`

const defaultBehindCheck = `SELECT DISTINCT acts.relname, 'the default that calls ' || called.proname` + behind + ` FROM acts
	JOIN pg_attrdef e ON e.adrelid = acts.conrelid AND e.adnum = ANY (acts.conkey)
	JOIN called ON called.classid = 'pg_attrdef'::regclass AND called.objid = e.oid WHERE acts.confdeltype = 'd' OR acts.confupdtype = 'd'`

// hidden is what is said of a call that no statement shows.
const hidden = `'hides a call of ' || called.proname || ', which may look at other tenants'' rows'`

const operatorCheck = `SELECT DISTINCT o.oid::regoperator::text, ` + hidden + ` FROM pg_operator o JOIN called ON called.classid = 'pg_operator'::regclass AND called.objid = o.oid
	AND called.oid = o.oprcode JOIN ns ON called.pronamespace = ns.oid
UNION ALL SELECT DISTINCT a.aggfnoid::text, ` + hidden + ` FROM pg_aggregate a JOIN called ON called.classid = 'pg_proc'::regclass AND called.objid = a.aggfnoid JOIN ns ON called.pronamespace = ns.oid
UNION ALL SELECT DISTINCT f.opfname::text, ` + hidden + ` FROM pg_amproc m JOIN pg_opfamily f ON f.oid = m.amprocfamily JOIN called ON called.oid = m.amproc JOIN ns ON called.pronamespace = ns.oid`

const castCheck = `SELECT DISTINCT 'cast from ' || c.castsource::regtype || ' to ' || c.casttarget::regtype, ` + hidden + `
FROM pg_cast c JOIN called ON called.classid = 'pg_cast'::regclass AND called.objid = c.oid JOIN ns ON called.pronamespace = ns.oid`

const domainCheck = `SELECT DISTINCT t.typname::text, ` + hidden + ` FROM pg_type t JOIN ns ON t.typnamespace = ns.oid AND t.typtype = 'd'
	JOIN called ON called.classid = 'pg_type'::regclass AND called.objid = t.oid
		OR called.classid = 'pg_constraint'::regclass AND called.objid IN (SELECT c.oid FROM pg_constraint c WHERE c.contypid = t.oid)`

// uncommented is the text of the function p without its comments. It is left as it is
// where what is a comment cannot be told so simply: comments in comments, and strings
// between dollars.
const uncommented = `CASE WHEN p.prosrc ~ '\$' OR p.prosrc ~ '/\*([^*]|\*+[^*/])*/\*' THEN p.prosrc
	ELSE regexp_replace(p.prosrc, '(\m[eE]''(\\.|[^''\\])*''|''[^'']*''|"[^"]*")|--[^\n]*|/\*([^*]|\*+[^*/])*\*+/', '\1 ', 'g') END`

// foldedCheck reads functions' text: what stands where a query names a table.
const foldedCheck = `SELECT p.oid::regprocedure::text, 'is IMMUTABLE and reads tenants'' tables: what it returns for one could be kept for another'
FROM pg_proc p CROSS JOIN ns CROSS JOIN LATERAL (SELECT ` + uncommented + ` AS code) AS body
WHERE p.provolatile = 'i' AND p.prokind = 'f' AND p.prolang IN (SELECT oid FROM pg_language WHERE lanname IN ('sql', 'plpgsql'))
	AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND NOT ` + extensionCondition + `
	AND (EXISTS (SELECT FROM pg_depend d JOIN rel ON rel.oid = d.refobjid AND rel.relkind IN ('r', 'p', 'v')
			WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass)
		OR EXISTS (SELECT FROM called WHERE called.classid = 'pg_proc'::regclass AND called.objid = p.oid AND called.pronamespace = ns.oid)
		OR p.pronamespace = ns.oid AND body.code ~* '\mexecute\M'
		OR body.code ~* (SELECT '(\m(from|join|into|update|table|only|using)\s+[(]*|\mfrom\M[^;]*,\s*)("?' || ns.nspname || '"?\s*[.]\s*)?"?('
			|| string_agg(regexp_replace(rel.relname, '([^[:alnum:]_])', '\\\1', 'g'), '|') || ')("|\M)' FROM rel WHERE rel.relkind IN ('r', 'p', 'v')))`

// definerCheck asks for those who may work in the tenants' schema. A function whose
// owner is subject to the policies shows its caller no more than the tenant's rows.
const definerCheck = `SELECT DISTINCT p.oid::regprocedure::text, 'SECURITY DEFINER runs as ' || o.rolname || ', who sees the rows of all tenants, and may be called by '
	|| CASE u.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(u.grantee)::text END || ': revoke EXECUTE, or give it to an owner without BYPASSRLS'
FROM ns JOIN pg_namespace n ON n.oid = ns.oid CROSS JOIN LATERAL aclexplode(n.nspacl) u
	JOIN pg_proc p ON p.prosecdef AND p.pronamespace NOT IN (ns.oid, 'pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND p.prorettype <> 'event_trigger'::regtype
	JOIN pg_roles o ON o.oid = p.proowner AND (o.rolsuper OR o.rolbypassrls)
	CROSS JOIN LATERAL (SELECT CASE u.grantee WHEN 0 THEN 'public'::name ELSE pg_get_userbyid(u.grantee) END AS name) caller
WHERE u.privilege_type = 'USAGE' AND u.grantee <> n.nspowner AND has_function_privilege(caller.name, p.oid, 'EXECUTE')
	AND has_schema_privilege(caller.name, p.pronamespace, 'USAGE') AND NOT ` + extensionCondition
