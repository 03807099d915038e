package sqlite_test

import (
	"context"
	"database/sql"
	"strings"

	files "github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/tenantsql/sqlitedoor"
)

// door opens the door over homes of its own, as another program does.
func (s *street) door(adapt func(*sql.DB) isolationtest.Door) isolationtest.Opener {
	return func(t isolationtest.T, conns int) (isolationtest.Door, isolationtest.Connections) {
		homes, err := files.Open(s.dir, files.Options{Conns: conns})
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		t.Cleanup(homes.Close)
		db := sqlitedoor.Open(homes, s)
		t.Cleanup(func() { _ = db.Close() })
		return dialect{adapt(db)}, behind{homes}
	}
}

// behind looks at the connections. What a session could be left with, SQLite refuses:
// see the guard's own test.
type behind struct{ *files.Homes }

func (behind) Leftovers(context.Context) ([]string, error) { return nil, nil }

// dialect spells the suite's statements as SQLite wants them.
type dialect struct{ isolationtest.Door }

func (d dialect) Each(ctx context.Context, f func([]any) error, query string, args ...any) error {
	return d.Door.Each(ctx, f, spelled(query), args...)
}

func (d dialect) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return d.Door.Exec(ctx, spelled(query), args...)
}

func (d dialect) Begin(ctx context.Context) (isolationtest.Tx, error) {
	tx, err := d.Door.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return dialectTx{tx}, nil
}

type dialectTx struct{ isolationtest.Tx }

func (d dialectTx) Each(ctx context.Context, f func([]any) error, query string, args ...any) error {
	return d.Tx.Each(ctx, f, spelled(query), args...)
}

func (d dialectTx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return d.Tx.Exec(ctx, spelled(query), args...)
}

// overflow fails as a division by zero does elsewhere: here that is NULL.
const overflow = "abs(-9223372036854775808)"

func series(to string) string {
	return "(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g" + to + ") SELECT n FROM g)"
}

func spelled(query string) string {
	return strings.NewReplacer(
		"::bigint", "", "(1 / (3 - n))::text", "iif(n = 3, "+overflow+", n)", "::text", "", " FOR UPDATE", "",
		"SELECT 1 / 0", "SELECT "+overflow,
		"ON CONFLICT ON CONSTRAINT notes_pkey", "ON CONFLICT (id)",
		"WITH gone AS (DELETE FROM notes RETURNING id) INSERT INTO replies SELECT 1, 1 FROM gone WHERE false", "DELETE FROM notes",
		"SET LOCAL statement_timeout = '10min'", "SELECT 1",
		"SELECT pg_sleep(30)", "SELECT count(*) FROM "+series(""),
		"SELECT n, pg_sleep(0.0005) FROM generate_series(1, 100000)", "SELECT n FROM "+series(" WHERE n < 100000000"),
		"generate_series(1, 20000)", series(" WHERE n < 20000"),
		"generate_series(1, 5)", series(" WHERE n < 5"),
	).Replace(query)
}
