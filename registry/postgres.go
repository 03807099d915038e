package registry

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Channel is the name under which [Postgres] notifies of changes. The payload is
// the id of the tenant that changed.
const Channel = "rowhouse_registry"

// DB is what [Postgres] needs of pgx. A *pgxpool.Pool is one, and so is a pgx.Tx:
// then every change is part of that transaction, and a change that is refused
// leaves it usable.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Postgres is a [Store] in schema rowhouse of a PostgreSQL database. Its SQL
// spells every schema, so the search path does not matter, and it is right in all
// of pgx's modes, also behind a transaction pooler. It may be used by many
// goroutines if its DB may.
type Postgres struct{ db DB }

var _ Store = (*Postgres)(nil)

// NewPostgres returns a store in db. [Postgres.Install] makes its tables.
func NewPostgres(db DB) *Postgres { return &Postgres{db: db} }

// WithTx returns the same store inside tx, for a tenant that is to be made or
// changed together with rows of the application: it happens, and is notified of,
// when tx commits.
func (p *Postgres) WithTx(tx pgx.Tx) *Postgres { return &Postgres{db: tx} }
