package adopt

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// extensionsQuery also says whether the role may move an extension's members: those of
// a trusted one belong to a superuser, whoever made it.
const extensionsQuery = `SELECT extname::text, nspname::text, extrelocatable, NOT EXISTS (
  SELECT FROM pg_depend AS d LEFT JOIN pg_type AS t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
  LEFT JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
  WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
   AND NOT pg_has_role(coalesce(typowner, proowner), 'USAGE'))
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = extnamespace ORDER BY extname`

// extensions plans where extensions' members are to be found: the tenants' path has
// one schema for them. Without it citext would silently compare with case.
func (a *Adopter) extensions(ctx context.Context, db querier, p *plan) error {
	rows, _ := db.Query(ctx, extensionsQuery)
	var (
		name, schema   string
		movable, owned bool
	)
	_, err := pgx.ForEachRow(rows, []any{&name, &schema, &movable, &owned}, func() error {
		move := fmt.Sprintf("ALTER EXTENSION %s SET SCHEMA %s", ident.Quote(name), ident.Quote(a.c.Names.Extensions))
		switch {
		case schema == a.c.Names.Extensions || !slices.Contains(p.from, schema):
		case movable && !owned:
			p.refuse("extension "+name, fmt.Sprintf("a superuser must move its members: let one run CREATE SCHEMA IF NOT EXISTS %s; %s, or write schemas: {extensions: %s} into the configuration",
				ident.Quote(a.c.Names.Extensions), move, schema))
		case movable:
			p.members = append(p.members, move)
		default:
			p.refuse("extension "+name, "cannot leave schema "+schema+", which tenants do not see: write schemas: {extensions: "+schema+"} into the configuration")
		}
		return nil
	})
	return err
}

func (p *plan) refuse(object, why string) {
	p.findings = append(p.findings, Finding{Refused: true, Object: object, Why: why})
}

func (p *plan) note(object, why string) {
	p.findings = append(p.findings, Finding{Object: object, Why: why})
}
