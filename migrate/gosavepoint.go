package migrate

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// goSavepoint is a nested transaction of a Go migration: a savepoint. Its name may
// be used again inside; the innermost is meant, as SQL has it.
type goSavepoint struct {
	goTx
	ended bool
}

// Commit keeps what was done since the savepoint.
func (s *goSavepoint) Commit(ctx context.Context) error {
	return s.end(ctx, "RELEASE SAVEPOINT rowhouse_go")
}

// Rollback takes back what was done since the savepoint.
func (s *goSavepoint) Rollback(ctx context.Context) error {
	return s.end(ctx, "ROLLBACK TO SAVEPOINT rowhouse_go; RELEASE SAVEPOINT rowhouse_go")
}

func (s *goSavepoint) end(ctx context.Context, sql string) error {
	if s.ended {
		return pgx.ErrTxClosed
	}
	_, err := s.conn.Exec(ctx, sql)
	s.ended = err == nil
	return err
}
