package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Apply makes one tenant's home where it is missing, brings it to the head, and
// returns its version. conn goes to the tenant's database, not through a
// transaction pooler. Where the migrations allow it, all of it is one message. It
// may be called again after a crash and goes on where it was.
func (r *Runner) Apply(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) (int64, error) {
	if r.c.Engine != nil {
		return r.bear(ctx, t)
	}
	if level, ok := r.pooling(t); ok && r.c.Broken == nil {
		if err := plainStrings(conn); err != nil {
			return 0, err
		}
		return r.applyPooled(ctx, conn, t, level)
	}
	j, err := r.birth(t)
	if err = errors.Join(err, plainStrings(conn)); err != nil {
		return 0, err
	}
	if r.ownShared(j.target) {
		return r.applyWhole(ctx, conn, j)
	}
	if len(j.todo) == 0 {
		msg := &message{}
		msg.plan(j.target.create...)
		return 0, msg.run(ctx, conn)
	}
	// A new tenant is the common case: it is tried without asking first. The guard
	// says so where the tenant has some migrations already, or where there is no
	// ledger, and nothing has run then.
	err = r.advance(ctx, conn, j, together)
	if noGuard(err) && j.have.count == 0 {
		if err := InstallLedger(ctx, conn); err != nil {
			return 0, err
		}
		err = r.advance(ctx, conn, j, together)
	}
	if err != nil {
		return 0, err
	}
	return j.have.head, nil
}

// noGuard reports whether the database has no rowhouse.ledger_begin.
func noGuard(err error) bool {
	s := sqlState(err)
	return s == "3F000" || s == "42883" // undefined schema, undefined function
}

// birth is the job of a tenant that is being made. A tenant without migrations
// still gets a home.
func (r *Runner) birth(t *tenant.Tenant) (*job, error) {
	if r.c.Broken != nil {
		return nil, r.c.Broken
	}
	if _, ok := r.pooling(t); ok {
		return nil, fmt.Errorf("migrate: %s shares its tables, which are not made with it: %w", t.Slug, errors.ErrUnsupported)
	}
	target, err := r.tenantTarget(t)
	if err != nil {
		return nil, err
	}
	level, err := r.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return nil, fmt.Errorf("migrate: %s: %w", t.Slug, err)
	}
	target.create = level.Create(t.Placement)
	return &job{target: target, todo: r.c.Tenant}, nil
}

// ApplyTx does what [Runner.Apply] does for a new tenant, inside the transaction
// that is open on conn, whose search path it leaves as it was. Migrations that need
// to commit in between (NO TRANSACTION, a new enum value that is followed by
// another migration) and Go migrations are refused by name with
// [errors.ErrUnsupported], before anything ran. After any other error the
// transaction must be rolled back.
func (r *Runner) ApplyTx(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) (int64, error) {
	if r.c.Engine != nil {
		return 0, r.errEngine()
	}
	if level, ok := r.pooling(t); ok && r.c.Broken == nil {
		if err := plainStrings(conn); err != nil {
			return 0, err
		}
		return r.applyPooledTx(ctx, conn, t, level)
	}
	j, err := r.birth(t)
	if err = errors.Join(err, plainStrings(conn)); err != nil {
		return 0, err
	}
	if err := oneTransaction(j.todo); err != nil {
		return 0, err
	}
	var path string
	if err := conn.QueryRow(ctx, "SELECT current_setting('search_path')", pgx.QueryExecModeExec).Scan(&path); err != nil {
		return 0, fmt.Errorf("migrate: %s: %w", t.Slug, err)
	}
	msg := &message{}
	if len(j.todo) > 0 {
		msg.body(j.target, 0, j.todo)
	} else {
		msg.plan(j.target.create...)
	}
	msg.add("SELECT set_config('search_path', " + ident.Literal(path) + ", true)")
	if done, err := execAll(ctx, conn.PgConn(), msg.text.String()); err != nil {
		return 0, j.explain(nil, msg.locate(err, done))
	}
	return r.Head(), nil
}

// oneTransaction refuses what cannot share a transaction with the rest.
func oneTransaction(todo []*Migration) error {
	for i, m := range todo {
		switch {
		case m.NoTx:
			return fmt.Errorf("migrate: %s runs outside a transaction: %w", m, errors.ErrUnsupported)
		case m.Go != nil:
			return fmt.Errorf("migrate: %s is a Go migration, which needs a connection of its own: %w", m, errors.ErrUnsupported)
		case m.addsEnumValue() && i+1 < len(todo):
			return fmt.Errorf("migrate: %s adds an enum value, which must be committed before %s: %w", m, todo[i+1], errors.ErrUnsupported)
		}
	}
	return nil
}

// Segment is a part of a script: one message.
type Segment struct {
	SQL        string
	Migrations []*Migration
	NoTx       bool // send its statements one by one, in a session of their own
	Go         bool // a Go migration: it has no SQL
}

// Script returns what makes a new tenant and brings it to the head, in as few
// messages as the migrations allow, ledger entries included. It connects to
// nothing. The database must have its ledger.
func (r *Runner) Script(t *tenant.Tenant) ([]Segment, error) {
	j, err := r.birth(t)
	if err != nil {
		return nil, err
	}
	var out []Segment
	for count := 0; len(j.todo) > 0; {
		b := together(j.todo)
		out = append(out, segment(j.target, count, b))
		count += len(b)
		j.todo = j.todo[len(b):]
	}
	return out, nil
}

func segment(t *target, count int, b batch) Segment {
	s := Segment{Migrations: b, NoTx: b[0].NoTx, Go: b[0].Go != nil}
	switch {
	case s.NoTx:
		msg := &message{}
		msg.statements(t, b[0], b[0].Up)
		msg.add(addToLedger(t, b))
		s.SQL = msg.text.String()
	case !s.Go:
		s.SQL = upMessage(t, count, b).text.String()
	}
	return s
}

// Forget returns the statement that removes a tenant from the ledger of its
// database, for when its data are gone.
func (r *Runner) Forget(id tenant.ID) isolation.Statement {
	return isolation.Statement{SQL: "DELETE FROM rowhouse.ledger WHERE target = $1", Args: []string{targetOf(id)}}
}
