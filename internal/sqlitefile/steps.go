package sqlitefile

import (
	"context"
	"database/sql"

	"github.com/rowhouse-go/rowhouse/internal/sqlstep"
)

// Steps returns a [sqlstep.Tx] that keeps its table of steps in the file. tx must
// have the write lock.
func Steps(tx *sql.Tx) sqlstep.Tx { return steps{tx} }

type steps struct{ tx *sql.Tx }

// Lock needs no lock beside the transaction's own.
func (s steps) Lock(ctx context.Context) error {
	return s.Exec(ctx, `CREATE TABLE IF NOT EXISTS rowhouse_steps (
	component  TEXT NOT NULL,
	version    INTEGER NOT NULL,
	applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (component, version)
) STRICT`)
}

func (s steps) Version(ctx context.Context, component string) (version int, err error) {
	err = s.tx.QueryRowContext(ctx,
		"SELECT coalesce(max(version), 0) FROM rowhouse_steps WHERE component = ?", component).Scan(&version)
	return version, err
}

func (s steps) Exec(ctx context.Context, script string) error {
	_, err := s.tx.ExecContext(ctx, script)
	return err
}

func (s steps) Record(ctx context.Context, component string, version int) error {
	_, err := s.tx.ExecContext(ctx,
		"INSERT INTO rowhouse_steps (component, version) VALUES (?, ?)", component, version)
	return err
}
