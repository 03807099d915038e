package adopt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// pause is how long one attempt waits for a lock. Others queue behind it meanwhile.
const pause = 2 * time.Second

// move carries the plan out. Whoever is writing is waited for; while a transaction
// goes on too long, others are let through before the next attempt.
func (a *Adopter) move(ctx context.Context, conn *pgx.Conn, o Options, p *plan, m *model, t *tenant.Tenant) error {
	began := time.Now()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return a.moveOnce(ctx, tx, o, p, m, t) })
		if !busy(err) {
			return err
		}
		if time.Since(began) > a.c.Patience {
			return fmt.Errorf("for %s some transaction has kept a table: end it, or run this again when there is less to do: %w", a.c.Patience, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// busy reports whether others were in the way.
func busy(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "55P03" || pg.Code == "40P01") // lock_timeout, deadlock
}

func (a *Adopter) moveOnce(ctx context.Context, tx pgx.Tx, o Options, p *plan, m *model, t *tenant.Tenant) error {
	script := fmt.Sprintf("SET LOCAL lock_timeout = %d;\n", pause.Milliseconds())
	if len(p.lock) > 0 {
		script += "LOCK TABLE " + strings.Join(p.lock, ", ") + " IN ACCESS EXCLUSIVE MODE"
	}
	if err := execute(ctx, tx.Conn(), script); err != nil {
		return err
	}
	now, err := a.plan(ctx, tx, o, p.home)
	if err != nil {
		return err
	}
	if !slices.Equal(now.statements(), p.statements()) || refusal(now.findings) != nil {
		return ErrChanged
	}
	if err := execute(ctx, tx.Conn(), a.ground(p)+p.script()+a.rights(t)); err != nil {
		return fmt.Errorf("move: %w", err)
	}
	shared, home, err := a.inspect(ctx, tx, p.home)
	if err != nil {
		return err
	}
	if err := m.check(t.Slug, shared, home); err != nil {
		return errors.Join(ErrChanged, err)
	}
	return a.record(ctx, tx, m, t, "from "+strings.Join(p.from, ", "))
}

// rights gives the application's role what it has in every tenant, and takes from
// everybody the right to make something in public.
func (a *Adopter) rights(t *tenant.Tenant) string {
	plan := append(a.level.Create(t.Placement), isolation.Statement{SQL: "REVOKE CREATE ON SCHEMA public FROM PUBLIC"})
	if a.c.AppRole != "" {
		role := ident.Quote(a.c.AppRole)
		plan = append(plan, isolation.Grant(a.c.Names.Shared, a.c.AppRole)...)
		plan = append(plan, isolation.Statement{SQL: "GRANT USAGE ON SCHEMA " + ident.Quote(a.c.Names.Extensions) + " TO " + role})
	}
	return "\n" + isolation.Script(plan...)
}

// record makes the registry and the ledger where they are missing, and writes into
// them that this tenant is there and what it has.
func (a *Adopter) record(ctx context.Context, tx pgx.Tx, m *model, t *tenant.Tenant, detail string) error {
	store := registry.NewPostgres(tx)
	if err := store.Install(ctx); err != nil {
		return err
	}
	if err := migrate.InstallLedger(ctx, tx); err != nil {
		return err
	}
	if err := stamp(ctx, tx, "shared", m.shared); err != nil {
		return err
	}
	if err := stamp(ctx, tx, t.ID.String(), m.tenant); err != nil {
		return err
	}
	t.Version = m.tenant.Head()
	return store.Create(ctx, t, registry.Event{Actor: a.c.Actor, Action: action, Detail: detail})
}

// action is what events call an adoption.
const action = "adopt"
