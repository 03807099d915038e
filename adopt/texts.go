package adopt

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// textsQuery lists the expressions that are stored with tables and domains.
const textsQuery = `WITH rel AS (
 SELECT c.oid, c.oid::regclass::text AS name, relkind FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
 WHERE nspname = ANY ($1::text[]) AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT 'column ' || rel.name || '.' || quote_ident(attname), rel.name, attname::text, pg_get_expr(adbin, adrelid)
 FROM rel JOIN pg_attrdef ON adrelid = rel.oid JOIN pg_attribute ON attrelid = rel.oid AND attnum = adnum AND attgenerated = ''
UNION ALL
SELECT 'generated column ' || rel.name || '.' || quote_ident(attname), '', '', pg_get_expr(adbin, adrelid)
 FROM rel JOIN pg_attrdef ON adrelid = rel.oid JOIN pg_attribute ON attrelid = rel.oid AND attnum = adnum AND attgenerated <> ''
UNION ALL
SELECT 'constraint ' || conname || ' on ' || rel.name, '', '', pg_get_constraintdef(k.oid)
 FROM rel JOIN pg_constraint AS k ON conrelid = rel.oid WHERE contype = 'c'
UNION ALL
SELECT 'index ' || indexrelid::regclass, '', '', pg_get_indexdef(indexrelid) FROM rel JOIN pg_index ON indrelid = rel.oid
UNION ALL
SELECT CASE rulename WHEN '_RETURN' THEN 'view ' || rel.name ELSE 'rule ' || rulename || ' on ' || rel.name END, '', '', pg_get_ruledef(r.oid)
 FROM rel JOIN pg_rewrite AS r ON ev_class = rel.oid
UNION ALL
SELECT 'policy ' || polname || ' on ' || rel.name, '', '', concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
 FROM rel JOIN pg_policy ON polrelid = rel.oid
UNION ALL
SELECT 'trigger ' || tgname || ' on ' || rel.name, '', '', pg_get_triggerdef(t.oid) FROM rel JOIN pg_trigger AS t ON tgrelid = rel.oid AND NOT tgisinternal
UNION ALL
SELECT 'domain ' || t.oid::regtype, '', '', concat_ws(' ', typdefault, (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint AS k WHERE contypid = t.oid))
 FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = typnamespace WHERE nspname = ANY ($1::text[]) AND typtype = 'd'
UNION ALL
SELECT 'setting of role ' || CASE setrole WHEN 0 THEN 'all' ELSE setrole::regrole::text END, '', 'setting', s
 FROM pg_db_role_setting, unnest(setconfig) AS s
 WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND starts_with(s, 'search_path=')
ORDER BY 1`

// texts plans what becomes of names that are spelled in stored text, which SET SCHEMA
// does not follow.
func (a *Adopter) texts(ctx context.Context, db querier, p *plan, objects []*object, g *graph, d *division) error {
	n := namesOf(p.from, objects)
	routines, err := readRoutines(ctx, db, p.from)
	if err != nil {
		return err
	}
	for _, r := range routines {
		at := slices.IndexFunc(objects, func(o *object) bool { return o.kind == "routine" && o.id == r.id })
		a.routine(p, n, objects[at], r, d.shared[g.root(objects[at].node)])
	}
	rows, _ := db.Query(ctx, textsQuery, p.from)
	var what, table, column, text string
	_, err = pgx.ForEachRow(rows, []any{&what, &table, &column, &text}, func() error {
		p.text(n, what, table, column, text)
		return nil
	})
	return err
}

// text looks at one expression. A default that looks a sequence up by its name each
// time gets the sequence itself instead.
func (p *plan) text(n *names, what, table, column, text string) {
	if table == "" && column == "setting" {
		p.note(what, "is "+text+": what connects past Rowhouse finds no tables there any more")
		return
	}
	if name, ok := byName(n, text); ok && table != "" {
		p.texts = append(p.texts, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT nextval(%s::regclass)",
			table, ident.Quote(column), ident.Literal(name)))
		return
	}
	all := slices.Collect(sqllex.Tokens(text))
	for i, t := range all {
		if t.Kind != sqllex.String || castToName(all, i) {
			continue
		}
		said, plain := content(t)
		switch {
		case n.spells(t.Text):
			p.refuse(what, fmt.Sprintf("has the name of a schema in the text %s: rewrite it with a name that has none", t.Text))
		case plain && n.whole(said) && strings.HasPrefix(what, "trigger "):
			p.note(what, fmt.Sprintf("has the argument %s: if it means the schema, change it", t.Text))
		}
	}
}

// byName returns the sequence of a default nextval('public.s'::text).
func byName(n *names, text string) (name string, ok bool) {
	m := regexp.MustCompile(`^nextval\(\(?'((?:[^']|'')+)'::text\)?(?:::regclass)?\)$`).FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	name = strings.ReplaceAll(m[1], "''", "'")
	_, ok = n.strip(name)
	return name, ok
}
