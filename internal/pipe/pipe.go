// Package pipe sends an entering statement and the statements that follow it as
// one message with one Sync, so that they share one transaction and cost one
// round trip. It works on pgconn: pgx's own batch prepares its statements before
// the first of them runs, which is before the tenant is entered.
package pipe

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Enter is the statement that goes first. Its result is read before anything
// else, so a failure to enter is told apart from a failure of what follows.
type Enter struct {
	SQL    string
	Values [][]byte // text format
}

// EnterError says that entering failed: nothing after it was executed.
type EnterError struct{ Err error }

func (e *EnterError) Error() string { return fmt.Sprintf("enter: %v", e.Err) }

// Unwrap returns the cause, usually a [*pgconn.PgError].
func (e *EnterError) Unwrap() error { return e.Err }

// ErrState says that a connection was not in the state that its pipeline should
// have left it in. The connection has been closed.
var ErrState = errors.New("the statement changed the state of its connection")

// Transaction states of the protocol's ReadyForQuery message.
const (
	idle   = 'I'
	inTx   = 'T'
	failed = 'E'
)

// Run is one pipeline under way. Its results are read in order, then [Run.Finish]
// reads up to the Sync, where deferred constraints are checked: only then did the
// statements succeed.
type Run struct {
	ctx      context.Context
	conn     *pgx.Conn
	pipeline *pgconn.Pipeline
	inTx     bool
	done     func()
	failed   func(error) error // called with the run's error before done; may replace it
	finished bool
	err      error
	// prepared are called in order, one for each description that arrives among
	// the results.
	prepared []func(*pgconn.StatementDescription)
	closing  *prepared // whose names the results close, in order
}

// Begin starts a pipeline on conn. done is called once, when the run is finished
// and the connection is either free or closed. inTx says that a transaction is
// open and stays open.
func Begin(ctx context.Context, conn *pgx.Conn, inTx bool, done func()) *Run {
	return &Run{ctx: ctx, conn: conn, pipeline: conn.PgConn().StartPipeline(ctx), inTx: inTx, done: done}
}

// Send queues one statement with parameters in wire format.
func (r *Run) Send(sql string, values [][]byte) {
	r.pipeline.SendQueryParams(sql, values, nil, nil, nil)
}

// Sync sends what is queued and, where enter is true, reads the result of the
// entering statement. On an error the run is finished.
func (r *Run) Sync(enter bool) error {
	if err := r.pipeline.Sync(); err != nil {
		r.fail(err)
		return r.Finish()
	}
	if !enter {
		return nil
	}
	return entered(r.Discard())
}

// entered marks an error as one of entering.
func entered(err error) error {
	if err != nil {
		return &EnterError{Err: err}
	}
	return nil
}

// Discard reads one result and forgets its rows. On an error the run is finished.
func (r *Run) Discard() error {
	reader, err := r.Next()
	if err != nil {
		return err
	}
	if _, err := reader.Close(); err != nil {
		r.fail(err)
		return r.Finish()
	}
	return nil
}

// Next returns the reader of the next statement's result. On an error the run is
// finished.
func (r *Run) Next() (*pgconn.ResultReader, error) {
	for {
		result, err := r.pipeline.GetResults()
		if err != nil {
			r.fail(err)
			return nil, r.Finish()
		}
		switch result := result.(type) {
		case *pgconn.ResultReader:
			return result, nil
		case *pgconn.StatementDescription:
			if len(r.prepared) > 0 {
				r.prepared[0](result)
				r.prepared = r.prepared[1:]
			}
		case *pgconn.CloseComplete:
			r.closing.closing = r.closing.closing[1:]
		default:
			r.fail(fmt.Errorf("pipe: expected a result, got %T", result))
			return nil, r.Finish()
		}
	}
}

// Described returns the next statement's description. On an error the run is
// finished.
func (r *Run) Described() (*pgconn.StatementDescription, error) {
	result, err := r.pipeline.GetResults()
	if err != nil {
		r.fail(err)
		return nil, r.Finish()
	}
	description, ok := result.(*pgconn.StatementDescription)
	if !ok {
		r.fail(fmt.Errorf("pipe: expected a description, got %T", result))
		return nil, r.Finish()
	}
	return description, nil
}

// Finish reads everything up to the Sync, checks the connection's state and gives
// it back. It returns the first error of the run; calling it again changes nothing.
func (r *Run) Finish() error {
	if r.finished {
		return r.err
	}
	r.finished = true
	r.drain()
	r.checkState()
	if r.err != nil && r.failed != nil {
		r.err = r.failed(r.err)
	}
	r.done()
	return r.err
}

func (r *Run) drain() {
	for {
		result, err := r.pipeline.GetResults()
		if err != nil {
			r.fail(err)
			if !isServerError(err) {
				break
			}
			continue
		}
		reader, isReader := result.(*pgconn.ResultReader)
		if _, isSync := result.(*pgconn.PipelineSync); isSync || result == nil {
			break
		}
		if isReader {
			_, err = reader.Close()
			r.fail(err)
		}
	}
	if err := r.pipeline.Close(); err != nil {
		r.fail(err)
	}
}

// checkState closes a connection that is not where the run should have left it:
// whoever got it next would work in a stranger's transaction.
func (r *Run) checkState() {
	pg := r.conn.PgConn()
	if pg.IsClosed() {
		return
	}
	status := pg.TxStatus()
	if r.inTx && (status == inTx || status == failed) || !r.inTx && status == idle {
		return
	}
	r.fail(ErrState)
	closeNow(r.conn)
}

// fail keeps the first error. A cancellation arrives as the server's answer to it
// and is reported as what it is.
func (r *Run) fail(err error) {
	if err == nil || r.err != nil {
		return
	}
	if cause := r.ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	r.err = err
}

func isServerError(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg)
}
