package isolationtest

import (
	"context"
	"time"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Target is what is put to the test: tenants of one level behind a door.
type Target struct {
	Street Street
	// Open opens the door over at most conns connections; it is closed by t.Cleanup.
	Open Opener
	// Capabilities are the level's: what it lacks is not asked of it, and nothing else
	// is left out. The zero value means that it can do everything.
	Capabilities isolation.Capabilities
	// Patience bounds one statement of the suite; 0 means 20 seconds. What takes
	// longer hangs.
	Patience time.Duration
	// Load is the size of the group concurrency; the zero value means [ShortLoad].
	Load Load
}

// Opener opens a door over at most conns connections and a view behind it.
type Opener func(t T, conns int) (Door, Connections)

// Load says how much the group concurrency does.
type Load struct {
	Goroutines, Connections, Tenants int
	Statements                       int // of each goroutine
}

// ShortLoad has the full shape, 400 goroutines on 8 connections for 20 tenants, and
// few statements.
func ShortLoad() Load {
	return Load{Goroutines: 400, Connections: 8, Tenants: 20, Statements: 6}
}

// Street makes tenants with the tables of the fixture (see [FixtureSQL]) and changes
// them, as other processes do: the door under test is told of nothing but what the
// comment says.
type Street interface {
	// Create makes a tenant.
	Create(ctx context.Context, slug string) (*tenant.Tenant, error)
	// Rename changes the slug.
	Rename(ctx context.Context, t *tenant.Tenant, slug string) error
	// Become changes the status: Active, ReadOnly, Suspended or Deleting. The
	// door's directory is told, except of Deleting.
	Become(ctx context.Context, t *tenant.Tenant, status tenant.Status) error
	// Move gives the tenant another placement. held is called while nobody can
	// enter, before the old placement ends; it may be nil.
	Move(ctx context.Context, t *tenant.Tenant, held func()) error
	// Inside runs a script in the tenant's own tables, as a migration does.
	Inside(ctx context.Context, t *tenant.Tenant, script string) error
	// Admin runs one statement past all doors and returns its first column.
	Admin(ctx context.Context, sql string) ([]string, error)
}

// Runner runs statements for the tenant that the context names. Arguments are $1, $2 …
type Runner interface {
	// Each calls f for each row, and frees the connection also where f fails or
	// panics.
	Each(ctx context.Context, f func(row []any) error, sql string, args ...any) error
	// Exec returns how many rows were affected.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
}

// Door is a door under test. [PGX], [Batches] and [SQL] adapt the doors of this module.
type Door interface {
	Runner
	Begin(ctx context.Context) (Tx, error)
}

// Tx is a transaction of a door.
type Tx interface {
	Runner
	// Savepoint begins a transaction in the transaction, or returns
	// [errors.ErrUnsupported].
	Savepoint(ctx context.Context) (Tx, error)
	Commit(ctx context.Context) error
	Rollback(ctx context.Context) error
}

// Copier is a [Door] that can copy rows in.
type Copier interface {
	Copy(ctx context.Context, table string, columns []string, rows [][]any) (int64, error)
}

// Connections looks behind a door.
type Connections interface {
	// InUse counts the connections that somebody holds.
	InUse() int
	// Leftovers names what is left in the sessions of idle connections: settings,
	// temporary tables, named statements, cursors, locks, open transactions.
	Leftovers(ctx context.Context) ([]string, error)
}
