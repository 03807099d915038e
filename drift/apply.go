package drift

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
)

// rounds bounds how often a repair looks again: what a first one brings back may
// show what it could not see.
const rounds = 3

// repair is the work on one tenant.
type repair struct {
	Repair
	c     *Checker
	model catalog.Schema
	o     RepairOptions
}

func (r *repair) schema() string { return r.Tenant.Placement.Schema }

func (r *repair) run(ctx context.Context) error {
	conn, err := r.c.connect(ctx, member{r.Tenant, r.Version}.home())
	if err != nil {
		return err
	}
	defer hangUp(conn)
	if !r.o.Apply {
		_, err := r.plan(ctx, conn)
		return err
	}
	tx, err := r.begin(ctx, conn)
	if err != nil {
		return err
	}
	defer rollBack(ctx, tx)
	if err := r.c.unchanged(ctx, r.Drifted); err != nil {
		return err
	}
	if err := r.inside(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	r.Applied = true
	return nil
}

// begin opens the transaction and waits until nobody is inside the tenant.
func (r *repair) begin(ctx context.Context, conn *pgx.Conn) (pgx.Tx, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return nil, err
	}
	wait := r.o.LockTimeout
	if wait == 0 {
		wait = 10 * time.Second
	}
	enter := fmt.Sprintf("SET LOCAL lock_timeout = %d; %s", wait.Milliseconds(),
		isolation.Script(isolation.Lock(r.Tenant.ID), isolation.Statement{SQL: r.settings()}))
	if _, err := tx.Exec(ctx, enter, pgx.QueryExecModeSimpleProtocol); err != nil {
		rollBack(ctx, tx)
		return nil, err
	}
	return tx, nil
}

// settings: bodies of functions may name what is made after them, and a guard that
// looks for rows must see all of them or fail.
func (r *repair) settings() string {
	return "SET LOCAL check_function_bodies = off; SET LOCAL row_security = off; SET LOCAL search_path = " + r.c.c.Names.Path(r.schema())
}

// Script returns the repair as SQL to be read, or run by psql.
func (c *Checker) Script(d Repair) string {
	r := &repair{Repair: d, c: c}
	var b strings.Builder
	fmt.Fprintf(&b, "BEGIN;\n%s%s;\n", isolation.Script(isolation.Lock(d.Tenant.ID)), r.settings())
	for _, s := range d.Statements {
		b.WriteString(s + ";\n")
	}
	b.WriteString("COMMIT;\n")
	return b.String()
}

// inside plans and runs until nothing differs.
func (r *repair) inside(ctx context.Context, tx pgx.Tx) error {
	for range rounds {
		next, err := r.plan(ctx, tx)
		switch {
		case err != nil:
			return err
		case len(r.Refused) > 0:
			return fmt.Errorf("%s: %w", r.Refused[0], ErrRefused)
		case len(next) == 0:
			return r.settled(ctx, tx)
		}
		for _, s := range next {
			if _, err := tx.Exec(ctx, s, pgx.QueryExecModeSimpleProtocol); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
	}
	return r.settled(ctx, tx)
}

// settled fails where something still differs.
func (r *repair) settled(ctx context.Context, tx pgx.Tx) error {
	have, err := catalog.Inspect(ctx, tx, r.schema(), catalog.Ignore(r.c.ignore...))
	if err != nil {
		return err
	}
	for _, d := range catalog.Diff(r.model, have) {
		r.Left = append(r.Left, d.String())
	}
	if len(r.Left) > 0 {
		return fmt.Errorf("%d differences are left, the first is %s: %w", len(r.Left), r.Left[0], ErrRefused)
	}
	return nil
}

// plan looks at the schema as it is now and returns the statements that it needs.
func (r *repair) plan(ctx context.Context, db catalog.Beginner) ([]string, error) {
	have, err := catalog.Inspect(ctx, db, r.schema(), catalog.Ignore(r.c.ignore...))
	if isMissing(err) {
		r.Refused = append(r.Refused, Refusal{"schema " + r.schema(), "it is gone with all its rows: restore it from a backup"})
		return nil, fmt.Errorf("%s: %w", r.Refused[0], ErrRefused)
	}
	if err != nil {
		return nil, err
	}
	granted, err := catalog.Inspect(ctx, db, r.schema(), catalog.Ignore(r.c.ignore...), catalog.WithGrants())
	if err != nil {
		return nil, err
	}
	p := newPlanner(r.model, have, granted, r.o.DropExtra)
	p.plan()
	var next []string
	for _, s := range p.statements() {
		next = append(next, settle(s, r.schema()))
	}
	r.Statements, r.Refused = append(r.Statements, next...), p.refused
	return next, nil
}

// settle writes the tenant's schema where a statement has the placeholder, in
// strings too: there it is quoted as a qualifier, and plain where it stands alone.
func settle(sql, schema string) string { return fill(sql, schema, ident.Quote(schema)) }
