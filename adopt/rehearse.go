package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// model is what the migrations make of both scopes, and the migrations themselves.
type model struct {
	shared, tenant migrate.Source
	files          []file // not written yet
	sharedSchema   catalog.Schema
	tenantSchema   catalog.Schema
}

// rehearse carries the plan out on a copy of the definitions, takes the migrations
// from there unless the user has some, and makes both scopes anew from them. The copy
// and what the migrations make must be equal.
func (a *Adopter) rehearse(ctx context.Context, conn *pgx.Conn, o Options, p *plan, t *tenant.Tenant) (*model, error) {
	m := &model{}
	var err error
	if o.Stamp != 0 {
		err = a.given(m, o.Stamp)
	} else {
		err = a.empty(ctx, conn)
	}
	if err != nil {
		return nil, err
	}
	return m, a.scratch(ctx, conn, func(copied *pgx.Conn, name string) error {
		if err := a.copy(ctx, conn, copied, p); err != nil {
			return err
		}
		if o.Stamp == 0 {
			if err := a.writeBaseline(ctx, m, copied, name, p); err != nil {
				return err
			}
		}
		shared, home, err := a.inspect(ctx, copied, p.home)
		if err != nil {
			return err
		}
		if err := a.build(ctx, copied, m, p, t); err != nil {
			return fmt.Errorf("build a tenant from the migrations: %w", err)
		}
		return m.check(t.Slug, shared, home)
	})
}

// check compares what is adopted with what the migrations make.
func (m *model) check(slug string, shared, home catalog.Schema) error {
	if err := compare("the shared scope", m.sharedSchema, shared); err != nil {
		return err
	}
	return compare(slug, m.tenantSchema, home)
}

func (a *Adopter) inspect(ctx context.Context, db catalog.Beginner, home string) (shared, own catalog.Schema, err error) {
	if shared, err = catalog.Inspect(ctx, db, a.c.Names.Shared); err != nil {
		return shared, own, err
	}
	own, err = catalog.Inspect(ctx, db, home)
	return shared, own, err
}

// copy makes the definitions anew in a scratch database and moves them there.
func (a *Adopter) copy(ctx context.Context, conn, copied *pgx.Conn, p *plan) error {
	leave, err := a.strangers(ctx, conn, p)
	if err != nil {
		return err
	}
	text, err := a.dump(ctx, conn.Config().Database, leave...)
	if err != nil {
		return err
	}
	if err := execute(ctx, copied, text); err != nil {
		return fmt.Errorf("copy the definitions: %w", err)
	}
	if err := execute(ctx, copied, session); err != nil {
		return err
	}
	if err := execute(ctx, copied, a.ground(p)+p.script()); err != nil {
		return fmt.Errorf("move a copy: %w", err)
	}
	return nil
}

// strangers returns the options that keep out of a dump what has nothing to do with
// this: the registry, and the schemas of tenants that are there already.
func (a *Adopter) strangers(ctx context.Context, db querier, p *plan) ([]string, error) {
	rows, _ := db.Query(ctx, "SELECT nspname::text FROM pg_namespace WHERE nspname = 'rowhouse' OR starts_with(nspname, $1::text) OR starts_with(nspname, 'rowhouse_')", a.c.Names.Prefix)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	args := []string{}
	if len(found) > 0 && !slices.ContainsFunc(p.from, func(s string) bool { return slices.Contains(found, s) }) {
		args = append(args, "--exclude-schema=rowhouse", "--exclude-schema=rowhouse_*", "--exclude-schema="+a.c.Names.Prefix+"*")
	}
	return args, err
}

// build removes both scopes from a scratch database, extensions included, and applies
// their migrations. What else is there stays, because it is there for all tenants.
func (a *Adopter) build(ctx context.Context, conn *pgx.Conn, m *model, p *plan, t *tenant.Tenant) error {
	runner, err := a.runner(m)
	if err != nil {
		return err
	}
	var script strings.Builder
	for _, s := range []string{p.home, a.c.Names.Shared, a.c.Names.Extensions} {
		script.WriteString("DROP SCHEMA IF EXISTS " + ident.Quote(s) + " CASCADE;\n")
	}
	script.WriteString("CREATE SCHEMA " + ident.Quote(a.c.Names.Shared) + ";\nCREATE SCHEMA " + ident.Quote(a.c.Names.Extensions) + ";\n" +
		"RESET check_function_bodies;\nSET search_path = " + a.c.Names.EnterShared().Args[0])
	if err := execute(ctx, conn, script.String()); err != nil {
		return err
	}
	for _, one := range m.shared {
		if err := applyShared(ctx, conn, one); err != nil {
			return err
		}
	}
	sample := t.Clone()
	sample.ID = tenant.NewID()
	sample.Placement = a.level.Place(sample.ID, "sample", a.c.Server)
	if _, err := runner.Apply(ctx, conn, sample); err != nil {
		return err
	}
	m.sharedSchema, m.tenantSchema, err = a.inspect(ctx, conn, sample.Placement.Schema)
	return err
}

func applyShared(ctx context.Context, conn *pgx.Conn, m *migrate.Migration) error {
	var script strings.Builder
	script.WriteString("BEGIN;\n")
	for _, s := range m.Up {
		if m.NoTx {
			if err := execute(ctx, conn, s.SQL); err != nil {
				return fmt.Errorf("%s, line %d: %w", m, s.Line, err)
			}
			continue
		}
		script.WriteString(s.SQL + "\n;\n")
	}
	if err := execute(ctx, conn, script.String()+"COMMIT"); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	return nil
}
