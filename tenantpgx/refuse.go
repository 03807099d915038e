package tenantpgx

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
)

// ErrRefused: the statement would change the session, control the transaction or
// run outside of one, and with that leave the tenant.
var ErrRefused = errors.New("refused inside a tenant")

func refuse(what, instead string) error {
	return fmt.Errorf("%s: %w; %s", what, ErrRefused, instead)
}

func check(string) error { return nil }

func checkBatch(batch *pgx.Batch) error {
	for _, q := range batch.QueuedQueries {
		if err := check(q.SQL); err != nil {
			return err
		}
	}
	return nil
}

// errBatch is the result of a batch that was never sent.
type errBatch struct{ err error }

func (b errBatch) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, b.err }
func (b errBatch) Query() (pgx.Rows, error)         { return pipe.ErrRows(b.err), b.err }
func (b errBatch) QueryRow() pgx.Row                { return pipe.RowOf(nil, b.err) }
func (b errBatch) Close() error                     { return b.err }
func (b errBatch) Tx() pgx.Tx                       { return nil }
