package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// outside returns the plans for a tenant's database where it has one of its own.
func (m *Manager) outside(t *tenant.Tenant) (isolation.Outside, bool) {
	level, err := m.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return nil, false
	}
	out, ok := level.(isolation.Outside)
	return out, ok
}

// found makes the tenant's database where it has one of its own and lacks it.
func (m operation) found(ctx context.Context, t *tenant.Tenant) error {
	out, ok := m.outside(t)
	if !ok {
		return nil
	}
	return m.atServer(ctx, t.Placement.Server, func(conn *pgx.Conn) error {
		todo, err := list(ctx, conn, out.Found(t.Placement, "")[0])
		if err != nil || len(todo) == 0 {
			return err
		}
		template, err := m.template(ctx, conn, out, t.Placement.Server)
		if err != nil {
			return fmt.Errorf("prepare the template of new databases: %w", err)
		}
		return m.until(ctx, conn, out.Found(t.Placement, template))
	})
}

// moveOut gives a tenant's database another name while nobody is inside. Whoever
// comes with the old one finds no database.
func (m operation) moveOut(ctx context.Context, out isolation.Outside, t *tenant.Tenant, to tenant.Placement) error {
	return m.atServer(ctx, t.Placement.Server, func(server *pgx.Conn) error {
		err := m.atHome(ctx, t, func(home *pgx.Conn) error { return m.evict(ctx, out, t, home, server) })
		// Where it is gone, or shut, a run that was killed has come so far.
		if err != nil && !isolation.Gone(err) {
			return err
		}
		return m.until(ctx, server, out.Rename(t.Placement, to))
	})
}

// evict ends all sessions but the one that keeps everybody out of the tenant.
func (m operation) evict(ctx context.Context, out isolation.Outside, t *tenant.Tenant, home, server *pgx.Conn) error {
	return m.again(ctx, home, func() error {
		if err := run(ctx, home, alone(t.ID)...); err != nil {
			return err
		}
		if err := m.until(ctx, server, out.Shut(t.Placement, home.PgConn().PID())); err != nil {
			return err
		}
		return run(ctx, home, isolation.Statement{SQL: "COMMIT"})
	})
}

// raze drops a tenant's database.
func (m operation) raze(ctx context.Context, out isolation.Outside, t *tenant.Tenant) error {
	return m.atServer(ctx, t.Placement.Server, func(conn *pgx.Conn) error {
		return m.until(ctx, conn, out.Raze(t.Placement))
	})
}

// atServer runs f on a connection to a server's own database: on the operation's own
// where that is the main one.
func (m operation) atServer(ctx context.Context, server string, f func(*pgx.Conn) error) error {
	return m.at(ctx, server, "", f)
}

// until runs what each part of a plan lists, until it lists nothing.
func (m *Manager) until(ctx context.Context, conn *pgx.Conn, plan []isolation.Statement) error {
	deadline := time.Now().Add(m.c.Patience)
	for _, part := range plan {
		for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
			todo, err := list(ctx, conn, part)
			if err == nil && len(todo) == 0 {
				break
			}
			if err == nil {
				err = each(ctx, conn, todo)
			}
			switch {
			case err != nil && !passing(err):
				return err
			case time.Now().After(deadline):
				return errors.Join(ErrBusy, err)
			}
			if err := pause(ctx, wait/2+rand.N(wait)); err != nil {
				return err
			}
		}
	}
	return nil
}

func each(ctx context.Context, conn *pgx.Conn, statements []isolation.Statement) error {
	for _, s := range statements {
		if err := run(ctx, conn, s); err != nil {
			return err
		}
	}
	return nil
}

// passing reports whether an error may not come again: somebody was faster with the
// same (42P04, 23505, 3D000), or has a session that has not ended yet (55006).
func passing(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch pg.Code {
	case "42P04", "23505", "3D000", "55006":
		return true
	}
	return false
}
