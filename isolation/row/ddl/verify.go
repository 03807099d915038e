package ddl

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/isolation"
)

// Verify returns the query that finds what is not protected in the schema of the
// tenant tables: a row for each finding with two texts, the object and what is
// wrong with it. No row means that all is as [Rewriter] makes it. Run it after
// migrations, in their transaction: it also sees what functions and programs made.
func Verify(schema string) isolation.Statement {
	return isolation.Statement{
		SQL:  verifyHead + strings.Join(checks(), "\nUNION ALL ") + "\nORDER BY 1, 2",
		Args: []string{schema},
	}
}

// checks are the queries of which [Verify] is made.
func checks() []string {
	return []string{
		columnCheck, securityCheck, policyCheck, otherPolicyCheck, keyCheck, exclusionCheck, leadCheck, referenceCheck,
		referenceActionCheck, viewCheck, kindCheck, functionCheck, ruleCheck, truncateCheck, inheritanceCheck, outsideCheck,
		triggerBehindCheck, checkBehindCheck, defaultBehindCheck, operatorCheck, castCheck, domainCheck, foldedCheck, definerCheck,
	}
}

// How PostgreSQL prints the tenant and the policy.
const (
	printedTenant = `(current_setting(''` + Setting + `''::text))::uuid`
	printedPolicy = `(` + Column + ` = ` + printedTenant + `)`
)

const verifyHead = `WITH ns AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = $1),
rel AS (SELECT c.* FROM pg_class c JOIN ns ON c.relnamespace = ns.oid),
tab AS (SELECT * FROM rel WHERE relkind IN ('r', 'p')),
code AS (` + codeQuery + `),
called AS (SELECT d.classid, d.objid, code.oid, code.proname, code.pronamespace FROM pg_depend d JOIN code ON code.oid = d.refobjid
	WHERE d.refclassid = 'pg_proc'::regclass),
own AS (SELECT tab.oid, tab.relname, a.attnum, a.attnotnull, a.atttypid, pg_get_expr(d.adbin, d.adrelid) AS source
	FROM tab LEFT JOIN pg_attribute a ON a.attrelid = tab.oid AND a.attname = '` + Column + `' AND NOT a.attisdropped
	LEFT JOIN pg_attrdef d ON d.adrelid = tab.oid AND d.adnum = a.attnum),
acts AS (SELECT tab.relname, k.conrelid, k.conname, k.conkey, k.confdeltype, k.confupdtype,
	k.confdeltype IN ('n', 'd') OR k.confupdtype IN ('c', 'n', 'd') AS updates
	FROM tab JOIN pg_constraint k ON k.conrelid = tab.oid AND k.contype = 'f')
`

const columnCheck = `SELECT relname::text AS object, CASE
	WHEN attnum IS NULL THEN 'has no column ` + Column + `'
	WHEN atttypid <> 'uuid'::regtype THEN '` + Column + ` is not a uuid'
	WHEN NOT attnotnull THEN '` + Column + ` may be null'
	ELSE '` + Column + ` does not default to the tenant' END AS problem
FROM own WHERE attnum IS NULL OR atttypid <> 'uuid'::regtype OR NOT attnotnull OR source IS DISTINCT FROM '` + printedTenant + `'`

const securityCheck = `SELECT relname, CASE WHEN relrowsecurity THEN 'row security is not forced on its owner' ELSE 'row security is off' END
FROM tab WHERE NOT relrowsecurity OR NOT relforcerowsecurity`

const policyCheck = `SELECT tab.relname, CASE
	WHEN p.oid IS NULL THEN 'has no policy ` + Policy + `'
	WHEN NOT p.polpermissive OR p.polcmd <> '*' OR p.polroles <> '{0}' THEN 'the policy ` + Policy + ` is not for everybody and everything'
	WHEN pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM '` + printedPolicy + `' THEN 'the policy ` + Policy + ` shows other rows than the tenant''s'
	ELSE 'the policy ` + Policy + ` does not check what is written' END
FROM tab LEFT JOIN pg_policy p ON p.polrelid = tab.oid AND p.polname = '` + Policy + `'
WHERE p.oid IS NULL OR NOT p.polpermissive OR p.polcmd <> '*' OR p.polroles <> '{0}'
	OR pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM '` + printedPolicy + `'
	OR pg_get_expr(p.polwithcheck, p.polrelid) IS DISTINCT FROM '` + printedPolicy + `'`

const otherPolicyCheck = `SELECT tab.relname, 'the permissive policy ' || p.polname || ' widens what a tenant sees'
FROM tab JOIN pg_policy p ON p.polrelid = tab.oid WHERE p.polpermissive AND p.polname <> '` + Policy + `'`

const keyCheck = `SELECT own.relname, 'the unique key ' || i.indexrelid::regclass::text || ' is not led by ` + Column + `'
FROM own JOIN pg_index i ON i.indrelid = own.oid WHERE i.indisunique AND i.indkey[0] <> own.attnum`

const exclusionCheck = `SELECT own.relname, 'the exclusion ' || k.conname || ' is not led by ` + Column + ` WITH ='
FROM own JOIN pg_constraint k ON k.conrelid = own.oid AND k.contype = 'x' JOIN pg_operator o ON o.oid = k.conexclop[1]
WHERE k.conkey[1] <> own.attnum OR o.oprname <> '='`

// leadCheck asks for one index that finds a tenant's rows: a table without a key has it
// for nothing else.
const leadCheck = `SELECT own.relname, 'has no index that begins with ` + Column + `: each read would pass through the rows of all tenants'
FROM own WHERE own.attnum IS NOT NULL AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
	WHERE i.indrelid = own.oid AND i.indkey[0] = own.attnum AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree')`

const referenceCheck = `SELECT own.relname, 'the foreign key ' || k.conname || ' could refer to another tenant''s row'
FROM own JOIN pg_constraint k ON k.conrelid = own.oid AND k.contype = 'f' JOIN own other ON other.oid = k.confrelid
WHERE NOT EXISTS (SELECT FROM unnest(k.conkey, k.confkey) n (here, there) WHERE n.here = own.attnum AND n.there = other.attnum)`

const referenceActionCheck = `SELECT own.relname, 'the foreign key ' || k.conname || ' would change ` + Column + `'
FROM own JOIN pg_constraint k ON k.conrelid = own.oid AND k.contype = 'f' AND own.attnum = ANY (k.conkey)
WHERE k.confupdtype IN ('n', 'd') OR k.confmatchtype = 'f'
	OR k.confdeltype IN ('n', 'd') AND (k.confdelsetcols IS NULL OR own.attnum = ANY (k.confdelsetcols))`

const viewCheck = `SELECT relname, 'the view looks with its owner''s eyes: security_invoker is off' FROM rel
WHERE relkind = 'v' AND NOT EXISTS (SELECT FROM pg_options_to_table(reloptions) o WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)`

const kindCheck = `SELECT relname, CASE relkind WHEN 'm' THEN 'a materialized view holds the rows of all tenants' ELSE 'a foreign table has no row security' END
FROM rel WHERE relkind IN ('m', 'f')`

const functionCheck = `SELECT p.oid::regprocedure::text, CASE WHEN p.prosecdef THEN 'SECURITY DEFINER runs with its owner''s rights' ELSE 'LEAKPROOF is shown rows before the policy' END
FROM pg_proc p JOIN ns ON p.pronamespace = ns.oid
WHERE (p.prosecdef OR p.proleakproof) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`

const ruleCheck = `SELECT tab.relname, 'the rule ' || r.rulename || ' runs with its owner''s rights' FROM tab JOIN pg_rewrite r ON r.ev_class = tab.oid`

const truncateCheck = `SELECT DISTINCT tab.relname, 'TRUNCATE is granted to ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END
FROM tab CROSS JOIN LATERAL aclexplode(tab.relacl) a WHERE a.privilege_type = 'TRUNCATE' AND a.grantee <> tab.relowner`

const inheritanceCheck = `SELECT tab.relname, 'inherits from another table, whose reads pass its policy by' FROM tab JOIN pg_inherits i ON i.inhrelid = tab.oid WHERE NOT tab.relispartition
UNION ALL SELECT tab.relname, 'its rows in ' || c.oid::regclass::text || ' are not among the tenants'' tables'
FROM tab JOIN pg_inherits i ON i.inhparent = tab.oid JOIN pg_class c ON c.oid = i.inhrelid CROSS JOIN ns WHERE c.relnamespace <> ns.oid`

// outsideCheck leaves views to whoever owns them: an operator may count all rows.
const outsideCheck = `SELECT DISTINCT c.oid::regclass::text, 'the view outside shows the rows of all tenants to ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END
FROM rel JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = rel.oid
	JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class c ON c.oid = r.ev_class CROSS JOIN ns CROSS JOIN LATERAL aclexplode(c.relacl) a
WHERE c.relnamespace <> ns.oid AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner AND (c.relkind = 'm' OR c.relkind = 'v'
	AND NOT EXISTS (SELECT FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker' AND o.option_value::boolean))`
