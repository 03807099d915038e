package sqlstep

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Querier is what [Postgres] needs of a transaction; a pgx.Tx is one.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Postgres returns a [Tx] that keeps its table of steps in schema rowhouse, which
// it makes where the role may. A role without that privilege can still check a
// database that is up to date.
func Postgres(tx Querier) Tx { return postgres{tx} }

type postgres struct{ tx Querier }

// lockKey is the same for every component: their steps may touch each other.
const lockKey = 0x726f77686f757365 // "rowhouse"

func (p postgres) Lock(ctx context.Context) error {
	if _, err := p.tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1::bigint)", int64(lockKey)); err != nil {
		return err
	}
	var exists bool
	err := p.tx.QueryRow(ctx, "SELECT to_regclass('rowhouse.steps') IS NOT NULL").Scan(&exists)
	if err != nil || exists {
		return err
	}
	// IF NOT EXISTS asks for the privilege first, so it is no replacement for the
	// look above.
	return p.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS rowhouse;
CREATE TABLE rowhouse.steps (
	component  text NOT NULL,
	version    integer NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (component, version)
)`)
}

func (p postgres) Version(ctx context.Context, component string) (version int, err error) {
	err = p.tx.QueryRow(ctx,
		"SELECT coalesce(max(version), 0) FROM rowhouse.steps WHERE component = $1::text", component).Scan(&version)
	return version, err
}

func (p postgres) Exec(ctx context.Context, script string) error {
	// Without arguments pgx speaks the simple protocol, which takes many statements.
	_, err := p.tx.Exec(ctx, script)
	return err
}

func (p postgres) Record(ctx context.Context, component string, version int) error {
	_, err := p.tx.Exec(ctx,
		"INSERT INTO rowhouse.steps (component, version) VALUES ($1::text, $2::integer)", component, version)
	return err
}
