package lifecycle

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Templater is a [Migrator] whose migrations make the same in every new tenant, so
// that a copy of one does as well.
type Templater interface {
	// Template names what the migrations make now. It is not ok where they may make
	// another thing for each tenant.
	Template() (name string, ok bool)
	// Inherit returns the statement by which a tenant takes over the ledger of the
	// one that its database is a copy of.
	Inherit(from, to tenant.ID) isolation.Statement
}

// original is the id of the tenant in a template. Nobody else has it.
func original() (id tenant.ID) {
	copy(id[:], "rowhouse\x80original")
	return id
}

// template returns the name of a database to copy, which is made by the first one who
// wants it; "" where new tenants are migrated one by one. conn goes to the server.
func (m operation) template(ctx context.Context, conn *pgx.Conn, out isolation.Outside, server string) (string, error) {
	migrator, ok := m.c.Migrator.(Templater)
	if !ok {
		return "", nil
	}
	name, ok := migrator.Template()
	if !ok {
		return "", nil
	}
	// Installations may share a server, and not each other's templates.
	main := m.conn.Config()
	plan := out.Template(strings.Join([]string{name, main.User, main.Database}, " "), server)
	there, err := exists(ctx, conn, out, plan.Whole)
	if err != nil || there {
		return plan.Whole.Database, err
	}
	// The lock is given back when the operation ends. Who has it takes no other.
	if err := m.take(ctx, "template "+plan.Whole.Database); err != nil {
		return "", err
	}
	there, err = exists(ctx, conn, out, plan.Whole)
	if err != nil || there {
		return plan.Whole.Database, err
	}
	return plan.Whole.Database, m.makeTemplate(ctx, conn, out, plan)
}

func exists(ctx context.Context, conn *pgx.Conn, out isolation.Outside, p tenant.Placement) (bool, error) {
	missing, err := list(ctx, conn, out.Found(p, "")[0])
	return err == nil && len(missing) == 0, err
}

// makeTemplate builds a template anew. What a run that was killed left is dropped.
func (m operation) makeTemplate(ctx context.Context, conn *pgx.Conn, out isolation.Outside, plan isolation.Template) error {
	if err := m.until(ctx, conn, append(out.Raze(plan.Building), out.Found(plan.Building, "")...)); err != nil {
		return err
	}
	t := &tenant.Tenant{ID: original(), Slug: "template", Status: tenant.Provisioning, Placement: plan.Building}
	err := m.atHome(ctx, t, func(home *pgx.Conn) error {
		_, err := m.c.Migrator.Apply(ctx, home, t)
		return err
	})
	if err != nil {
		return err
	}
	return m.until(ctx, conn, plan.Finish)
}

// inherit gives what is in the ledger of a copied database to its tenant.
func (m operation) inherit(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) error {
	migrator, ok := m.c.Migrator.(Templater)
	if _, own := m.outside(t); !ok || !own {
		return nil
	}
	return run(ctx, conn, migrator.Inherit(original(), t.ID))
}
