package pipe

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// errNoMore is what reading past the end of a batch gives.
var errNoMore = errors.New("pipe: no more results in the batch")

// Batch sends the statements of the queued queries in one message. Like pgx's, the
// batch is one implicit transaction outside a transaction. An [*EnterError] means
// that nothing was executed.
func (s Session) Batch(ctx context.Context, statements []Statement, queued []*pgx.QueuedQuery) (*BatchResults, error) {
	run, err := s.start(ctx, statements)
	if err != nil {
		return nil, err
	}
	return &BatchResults{run: run, queued: queued}, nil
}

// BatchResults reads the results of a batch in order. It implements
// [pgx.BatchResults].
type BatchResults struct {
	run    *Run
	queued []*pgx.QueuedQuery
	next   int
	open   *Rows
	closed bool
	err    error
}

var _ pgx.BatchResults = (*BatchResults)(nil)

// Query returns the rows of the next statement.
func (b *BatchResults) Query() (pgx.Rows, error) {
	rows, err := b.rows()
	if err != nil {
		return ErrRows(err), err
	}
	return rows, nil
}

func (b *BatchResults) rows() (*Rows, error) {
	if b.open != nil {
		b.open.Close()
		b.open = nil
	}
	switch {
	case b.err != nil:
		return nil, b.err
	case b.closed || b.next == len(b.queued):
		return nil, errNoMore
	}
	b.next++
	rows, err := b.run.Rows(false)
	if err != nil {
		b.err = err
		return nil, err
	}
	b.open = rows
	return rows, nil
}

// Exec reads the next statement's result and returns its tag.
func (b *BatchResults) Exec() (pgconn.CommandTag, error) {
	rows, err := b.rows()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

// QueryRow returns the next statement's first row.
func (b *BatchResults) QueryRow() pgx.Row {
	rows, err := b.Query()
	return Row{rows: rows, err: err}
}

// Close runs the callbacks of what was not read, reads to the Sync and frees the
// connection. The batch succeeded only if it returns nil.
func (b *BatchResults) Close() error {
	if b.closed {
		return b.err
	}
	defer b.end() // a callback may panic
	for b.err == nil && b.next < len(b.queued) {
		b.keep(b.call(b.queued[b.next]))
	}
	b.end()
	return b.err
}

func (b *BatchResults) end() {
	b.closed = true
	if b.open != nil {
		b.open.Close()
	}
	b.keep(b.run.Finish())
}

func (b *BatchResults) call(q *pgx.QueuedQuery) error {
	if q.Fn != nil {
		return q.Fn(b)
	}
	_, err := b.Exec()
	return err
}

func (b *BatchResults) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Tx returns nil: a batch cannot begin a transaction of its own.
func (b *BatchResults) Tx() pgx.Tx { return nil }
