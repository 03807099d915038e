package pools

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

const (
	// answerTime is how long a server may take to answer after its statement was
	// cancelled. After that the connection is given up.
	answerTime = 3 * time.Second
	// deliveryTime is how long a server that has accepted a request to cancel may take
	// to deliver it: it must not hit the connection's next statement.
	deliveryTime = 100 * time.Millisecond
)

// watch makes a cancelled context cancel the statement on the server, so that the
// connection stays usable.
func watch(config *pgconn.Config) {
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &canceller{conn: conn}
	}
}

// canceller sends requests to cancel. Unlike pgx's own handler it hears each of them
// out, even if the statement ends meanwhile: PgBouncer 1.18 dies when the
// client hangs up on a request that is under way.
type canceller struct {
	conn     *pgconn.PgConn
	finished chan struct{}
}

// HandleCancel is called when the context ends before the statement does.
func (c *canceller) HandleCancel(context.Context) {
	c.finished = make(chan struct{})
	deadline := time.Now().Add(answerTime)
	_ = c.conn.Conn().SetDeadline(deadline)
	go func() {
		defer close(c.finished)
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		defer cancel()
		_ = c.conn.CancelRequest(ctx)
		time.Sleep(deliveryTime)
	}()
}

// HandleUnwatchAfterCancel is called when the statement has ended after that.
func (c *canceller) HandleUnwatchAfterCancel() {
	<-c.finished
	_ = c.conn.Conn().SetDeadline(time.Time{})
}
