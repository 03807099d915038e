package diff

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// work is one way from a state to another one.
type work struct {
	*differ
	check, target *scratch.Database
	hold          func(sql string) bool // nil: nothing is held back
	conn          *pgx.Conn
	done          []Statement
}

// do makes the check database like the target and returns how.
//
// Types that the planner does not know come first, because its tables may use them;
// then its plan; then whatever the catalogs still show.
func (w *work) do(ctx context.Context) ([]Statement, error) {
	err := w.check.Within(ctx, w.home.path, func(conn *pgx.Conn) error {
		w.conn = conn
		for _, part := range []func(context.Context) error{w.extend, w.types, w.plan, w.rest, w.shrink} {
			if err := part(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return w.done, err
}

// unit is statements that make sense together only.
type unit []Statement

func one(sql ...string) unit {
	u := make(unit, 0, len(sql))
	for _, s := range sql {
		u = append(u, Statement{SQL: s})
	}
	return u
}

// settle runs units in the order given, but those that fail again after the others,
// for as long as some succeed. What never succeeds is found by the comparison.
func (w *work) settle(ctx context.Context, units []unit) error {
	for len(units) > 0 {
		var failed []unit
		for _, u := range units {
			ran, err := w.run(ctx, u)
			if err != nil {
				return err
			}
			if !ran {
				failed = append(failed, u)
			}
		}
		if len(failed) == len(units) {
			return nil
		}
		units = failed
	}
	return nil
}

// run executes a unit as it will be written. False: the server refused it.
func (w *work) run(ctx context.Context, u unit) (bool, error) {
	spelt := make(unit, 0, len(u))
	script := "BEGIN;\n"
	for _, s := range u {
		s.SQL = w.spell(s.SQL)
		if leaks(s.SQL) || w.hold != nil && w.hold(s.SQL) {
			return false, nil
		}
		spelt = append(spelt, s)
		script += s.SQL + ";\n"
	}
	if _, err := w.conn.PgConn().Exec(ctx, script+"COMMIT").ReadAll(); err != nil {
		if w.conn.IsClosed() || ctx.Err() != nil {
			return false, fmt.Errorf("diff: try: %w", err)
		}
		_, err := w.conn.Exec(ctx, "ROLLBACK")
		return false, err
	}
	w.done = append(w.done, spelt...)
	return true, nil
}

// extend makes the extensions that are missing.
func (w *work) extend(ctx context.Context) error {
	missing, _, err := w.extensions(ctx)
	if err != nil {
		return err
	}
	return w.settle(ctx, missing)
}

// shrink drops the extensions that nothing uses any more.
func (w *work) shrink(ctx context.Context) error {
	_, extra, err := w.extensions(ctx)
	if err != nil {
		return err
	}
	return w.settle(ctx, extra)
}

// types settles what tables may be made of.
func (w *work) types(ctx context.Context) error {
	p, err := w.pair(ctx, w.target, w.check)
	if err != nil {
		return err
	}
	return w.settle(ctx, append(p.types(), p.inTheWay()...))
}

// plan runs what the planner says. Where it cannot plan at all, the comparison that
// follows does what it can.
func (w *work) plan(ctx context.Context) error {
	plan, err := w.planned(ctx, w.check, w.target)
	if err != nil {
		w.problems = append(w.problems, err.Error())
		return ctx.Err()
	}
	return w.settle(ctx, w.tidy(plan.Statements))
}

// rest settles what the catalogs show, in rounds: what is made anew may lack what
// belongs to it.
func (w *work) rest(ctx context.Context) error {
	seen := map[string]bool{}
	for {
		p, err := w.pair(ctx, w.target, w.check)
		if err != nil {
			return err
		}
		tables, err := w.newTables(ctx, p)
		if err != nil {
			return err
		}
		before := len(w.done)
		if err := w.settle(ctx, fresh(append(tables, p.rest()...), seen)); err != nil || len(w.done) == before {
			return err
		}
	}
}

// fresh leaves out what was tried already.
func fresh(units []unit, seen map[string]bool) (out []unit) {
	for _, u := range units {
		script := ""
		for _, s := range u {
			script += s.SQL + ";"
		}
		if !seen[script] {
			seen[script] = true
			out = append(out, u)
		}
	}
	return out
}
