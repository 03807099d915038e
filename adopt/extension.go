package adopt

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// extensions plans where extensions' members are to be found: the tenants' path has
// one schema for them. Without it citext would silently compare with case.
func (a *Adopter) extensions(ctx context.Context, db querier, p *plan) error {
	rows, _ := db.Query(ctx, `SELECT extname::text, nspname::text, extrelocatable FROM pg_extension
JOIN pg_namespace AS n ON n.oid = extnamespace ORDER BY extname`)
	var (
		name, schema string
		movable      bool
	)
	_, err := pgx.ForEachRow(rows, []any{&name, &schema, &movable}, func() error {
		switch {
		case schema == a.c.Names.Extensions || !slices.Contains(p.from, schema):
		case movable:
			p.members = append(p.members, "ALTER EXTENSION "+ident.Quote(name)+" SET SCHEMA "+ident.Quote(a.c.Names.Extensions))
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
