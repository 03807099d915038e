package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// errPooled: the connection goes through a pooler, which takes LISTEN and never
// delivers.
var errPooled = errors.New("the connection goes through a pooler")

const (
	connectTimeout = 5 * time.Second
	// A peer that vanished sends nothing, not even an error: so it is asked.
	heartbeat        = 15 * time.Second
	heartbeatTimeout = 5 * time.Second
)

// listenOnce listens on one connection until it fails, and reports whether it
// worked for a while.
func listenOnce(ctx context.Context, connect func(context.Context) (*pgx.Conn, error), to Invalidator) (heard bool, err error) {
	conn, err := startListening(ctx, connect)
	if err != nil {
		return false, err
	}
	defer hangUp(conn)
	// What was notified before now is lost.
	to.InvalidateAll()
	for {
		if err := hear(ctx, conn, to); err != nil {
			return true, err
		}
	}
}

func startListening(ctx context.Context, connect func(context.Context) (*pgx.Conn, error)) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	err = direct(ctx, conn)
	if err == nil {
		_, err = conn.Exec(ctx, "LISTEN "+Channel)
	}
	if err != nil {
		hangUp(conn)
		return nil, err
	}
	return conn, nil
}

// direct compares the process that the connection was promised with the one that
// answers: a pooler promises one of its own making.
func direct(ctx context.Context, conn *pgx.Conn) error {
	var pid uint32
	err := conn.QueryRow(ctx, "SELECT pg_backend_pid()::bigint", pgx.QueryExecModeExec).Scan(&pid)
	if err == nil && pid != conn.PgConn().PID() {
		return errPooled
	}
	return err
}

// hear waits for one notification, or makes sure that the server is still there.
func hear(ctx context.Context, conn *pgx.Conn, to Invalidator) error {
	wait, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	n, err := conn.WaitForNotification(wait)
	switch {
	case err == nil:
		tell(to, n.Payload)
		return nil
	case ctx.Err() == nil && wait.Err() != nil && !conn.IsClosed():
		return ping(ctx, conn)
	}
	return err
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, heartbeatTimeout)
	defer cancel()
	if err := conn.Ping(ctx); err != nil {
		return fmt.Errorf("no sign of life: %w", err)
	}
	return nil
}

// tell passes a payload on. One that is no id comes from somebody else, who may
// know of any change.
func tell(to Invalidator, payload string) {
	if id, err := tenant.ParseID(payload); err == nil {
		to.Invalidate(id)
		return
	}
	to.InvalidateAll()
}

// hangUp does not wait for a server that does not answer, nor for a context that
// has ended.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
