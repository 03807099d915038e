package pipe

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// closeNow closes a connection without waiting for a server that may be gone.
func closeNow(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
