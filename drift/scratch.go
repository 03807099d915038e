package drift

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// scratchPrefix begins the names of schemas that nobody lives in.
const scratchPrefix = "rowhouse_scratch_"

// scratch is a home that is built to be looked at. Its schema's name tells its id,
// so that whoever finds it can remove all of it.
type scratch struct {
	id     tenant.ID
	home   home
	schema string
	level  tenant.Level
}

func (c *Checker) scratch(h home) scratch {
	id := tenant.NewID()
	text := hex.EncodeToString(id[:])
	return scratch{id: id, home: h, schema: scratchPrefix + text[:20] + "_" + text[20:]}
}

// scratchOf reads the name of a scratch schema.
func scratchOf(h home, schema string) (scratch, bool) {
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(schema, scratchPrefix), "_", ""))
	s := scratch{home: h, schema: schema}
	return s, err == nil && copy(s.id[:], raw) == len(s.id) && len(raw) == len(s.id)
}

func (s scratch) tenant() *tenant.Tenant {
	return &tenant.Tenant{
		ID: s.id, Slug: "scratch", Status: tenant.Provisioning,
		Placement: tenant.Placement{Level: s.level, Server: s.home.server, Database: s.home.database, Schema: s.schema, Epoch: 1},
	}
}

// buildForReal commits the scratch schema, and removes it again. While the
// connection lives it holds a lock that says so.
func (c *Checker) buildForReal(ctx context.Context, conn *pgx.Conn, runner *migrate.Runner, s scratch) (model catalog.Schema, err error) {
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", pgx.QueryExecModeExec, s.lock()); err != nil {
		return model, err
	}
	defer func() { err = errors.Join(err, c.remove(context.WithoutCancel(ctx), conn, s)) }()
	if _, err := runner.Apply(ctx, conn, s.tenant()); err != nil {
		return model, err
	}
	return catalog.Inspect(ctx, conn, s.schema, catalog.Ignore(c.ignore...))
}

// lock is not the tenant's own lock, which the migrations take.
func (s scratch) lock() int64 { return ident.LockKey(s.id) ^ 1 }

func (c *Checker) remove(ctx context.Context, conn *pgx.Conn, s scratch) error {
	forget := c.runner.Forget(s.id)
	_, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+ident.Quote(s.schema)+" CASCADE; "+forget.Inline(), pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return fmt.Errorf("remove schema %s, which nobody needs: %w", s.schema, err)
	}
	return nil
}

// sweep removes what killed checks have left: scratch schemas that nobody holds the
// lock of.
func (c *Checker) sweep(ctx context.Context, conn *pgx.Conn) error {
	rows, _ := conn.Query(ctx, "SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname::text, $1)", pgx.QueryExecModeExec, scratchPrefix)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if s, ok := scratchOf(home{}, name); ok {
			err = errors.Join(err, c.sweepOne(ctx, conn, s))
		}
	}
	return err
}

func (c *Checker) sweepOne(ctx context.Context, conn *pgx.Conn, s scratch) error {
	var free bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", pgx.QueryExecModeExec, s.lock()).Scan(&free); err != nil || !free {
		return err
	}
	return c.remove(ctx, conn, s)
}
