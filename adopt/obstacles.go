package adopt

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// obstaclesQuery lists what cannot be adopted and does not belong to a schema, or what
// would go on to mean the schema that everything leaves.
const obstaclesQuery = `SELECT 'large object ' || min(oid::bigint), 'and ' || count(*) - 1 || ' more: large objects belong to no schema; keep them in bytea columns, or elsewhere'
 FROM pg_largeobject_metadata HAVING count(*) > 0
UNION ALL
SELECT 'publication ' || pubname, 'publishes all tables of schema ' || nspname || ': publish tables by name'
 FROM pg_publication_namespace JOIN pg_publication AS p ON p.oid = pnpubid JOIN pg_namespace AS n ON n.oid = pnnspid WHERE nspname = ANY ($1::text[])
UNION ALL
SELECT 'table ' || srrelid::regclass, 'is filled by a subscription, which knows it by its old name: drop the subscription first'
 FROM pg_subscription_rel JOIN pg_class AS c ON c.oid = srrelid JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname = ANY ($1::text[])
UNION ALL
SELECT 'event trigger ' || evtname, 'runs ' || evtfoid::regprocedure || ', but is the whole database''s: drop it, or keep its function in another schema'
 FROM pg_event_trigger JOIN pg_proc AS p ON p.oid = evtfoid JOIN pg_namespace AS n ON n.oid = pronamespace WHERE nspname = ANY ($1::text[])
UNION ALL
SELECT 'cast from ' || castsource::regtype || ' to ' || casttarget::regtype, 'belongs to no schema, so that another tenant would have none: drop it, or keep its types in another schema'
 FROM pg_cast AS k WHERE k.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_cast'::regclass AND d.objid = k.oid AND d.deptype IN ('e', 'i'))
  AND EXISTS (SELECT FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = typnamespace WHERE nspname = ANY ($1::text[]) AND t.oid IN (castsource, casttarget))
UNION ALL
SELECT 'type ' || t.oid::regtype, 'is a base type, which is made of functions in C: keep it in an extension'
 FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = typnamespace WHERE nspname = ANY ($1::text[]) AND typtype IN ('b', 'p') AND typcategory <> 'A'
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
UNION ALL
SELECT 'index ' || indexrelid::regclass, 'is not valid: build it again, or drop it'
 FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname = ANY ($1::text[]) AND NOT indisvalid
ORDER BY 1`

// obstacles finds what stands in the way, and names that would be there twice.
func (a *Adopter) obstacles(ctx context.Context, db querier, p *plan, objects []*object, g *graph) error {
	rows, _ := db.Query(ctx, obstaclesQuery, p.from)
	var what, why string
	_, err := pgx.ForEachRow(rows, []any{&what, &why}, func() error {
		p.refuse(what, why)
		return nil
	})
	if err != nil {
		return err
	}
	present, err := readObjects(ctx, db, []string{a.c.Names.Shared})
	if err != nil {
		return err
	}
	p.twins(present, objects)
	if err := a.outsiders(ctx, db, p, g); err != nil {
		return err
	}
	return a.grantees(ctx, db, p)
}

// twins refuses a name that two objects would have in one schema, or one in the
// shared schema and one in the tenant's: whoever forgets the tenant would read the
// shared one.
func (p *plan) twins(present, objects []*object) {
	type place struct{ class, name string }
	seen := map[place]*object{}
	for _, o := range slices.Concat(present, objects) {
		at := place{class: o.kind, name: o.name}
		switch {
		case len(o.kind) == 1, o.kind == "type", o.kind == "domain":
			at.class = "relation" // each table has a type of its name
		case o.kind == "routine", o.kind == "operator":
			at.name = o.identity[len(o.schema):]
		}
		if other := seen[at]; other != nil && other != o {
			p.refuse(o.String(), fmt.Sprintf("and %s would be known by one name: rename one of them", other))
			continue
		}
		seen[at] = o
	}
}

// outsiders tells of things in other schemas that adopted ones need: they stay, and
// all tenants will share them.
func (a *Adopter) outsiders(ctx context.Context, db querier, p *plan, g *graph) error {
	const query = `SELECT DISTINCT d.classid, d.objid, (pg_identify_object(d.refclassid, d.refobjid, 0)).type || ' ' || (pg_identify_object(d.refclassid, d.refobjid, 0)).identity
FROM pg_depend AS d WHERE d.refobjid >= 16384 AND d.deptype = 'n'
 AND (pg_identify_object(d.refclassid, d.refobjid, 0)).type <> 'index'
 AND (pg_identify_object(d.refclassid, d.refobjid, 0)).schema NOT IN (SELECT unnest($1::text[]))
 AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e') ORDER BY 3`
	home := append([]string{a.c.Names.Shared, "pg_catalog", "pg_toast", "information_schema"}, p.from...)
	rows, _ := db.Query(ctx, query, home)
	var (
		from node
		what string
	)
	_, err := pgx.ForEachRow(rows, []any{&from.class, &from.id, &what}, func() error {
		if o := g.root(from); o != nil {
			p.note(o.String(), "needs "+what+", which stays where it is: all tenants will share it")
		}
		return nil
	})
	return err
}

// grantees tells of roles whose rights on the tables stay and lead nowhere, because
// they have none on the new schema.
func (a *Adopter) grantees(ctx context.Context, db querier, p *plan) error {
	const query = `SELECT g.grantee::regrole::text, count(DISTINCT c.oid)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace, aclexplode(relacl) AS g
WHERE nspname = ANY ($1::text[]) AND g.grantee NOT IN (0, relowner) AND g.grantee::regrole::text <> quote_ident($2::text)
GROUP BY 1 ORDER BY 1`
	rows, _ := db.Query(ctx, query, p.from, a.c.AppRole)
	var (
		role string
		n    int
	)
	_, err := pgx.ForEachRow(rows, []any{&role, &n}, func() error {
		p.note("role "+role, fmt.Sprintf("has rights on %d tables or sequences, and will have none on their schema: name it as app_role if the application uses it", n))
		return nil
	})
	return err
}
