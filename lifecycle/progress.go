package lifecycle

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
)

// progress sees to it that a purge ends, whatever triggers do. It goes in passes of
// several times as many batches as would delete all rows that there are; when a pass
// has ended there must be fewer. Within one there may be more: triggers that keep a
// journal write it while they are asked to delete.
type progress struct {
	left    isolation.Statement
	rows    int64 // at the beginning of the pass
	batches int64 // left of it
	begun   bool
}

// batchRows is how many rows a batch deletes at least, unless it is the last of a table.
const batchRows = 1000

// batch is called before each batch. It fails with a [*StuckError] after a pass that
// was for nothing.
func (p *progress) batch(ctx context.Context, conn *pgx.Conn) error {
	if p.left.SQL == "" || p.batches > 0 {
		p.batches--
		return nil
	}
	most, rows, tables, err := p.count(ctx, conn)
	if err != nil {
		return err
	}
	if p.begun && rows >= p.rows && rows > 0 {
		return &StuckError{Table: most, Reason: "triggers put rows back as fast as they are deleted: let them do nothing where current_setting('" +
			row.Purging + "', true) is on, and run this again"}
	}
	p.begun, p.rows, p.batches = true, rows, 4*(rows/batchRows+tables)+8
	return nil
}

// count returns the table with most rows, and how many rows there are in how many.
func (p *progress) count(ctx context.Context, conn *pgx.Conn) (most string, rows, tables int64, err error) {
	found, _ := conn.Query(ctx, p.left.Inline(), pgx.QueryExecModeExec)
	var name string
	var n, max int64 = 0, math.MinInt64
	_, err = pgx.ForEachRow(found, []any{&name, &n}, func() error {
		if n > max {
			most, max = name, n
		}
		rows, tables = rows+n, tables+1
		return nil
	})
	return most, rows, tables, err
}
