package migrate

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// connect opens a connection on which the text of a migration means what it meant
// when it was read.
func (r *Runner) connect(ctx context.Context, h home) (*pgx.Conn, error) {
	conn, err := r.c.Conns.Connect(ctx, h.server, h.database)
	if err != nil {
		return nil, fmt.Errorf("migrate: connect to %s: %w", h, err)
	}
	if conn.PgConn().ParameterStatus("standard_conforming_strings") == "off" {
		if _, err := conn.Exec(ctx, "SET standard_conforming_strings = on"); err != nil {
			r.close(conn)
			return nil, fmt.Errorf("migrate: %w", err)
		}
	}
	return conn, nil
}

func (r *Runner) close(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is left to lose on it
}

func (h home) String() string {
	if h.database == "" {
		return "server " + h.server
	}
	return "database " + h.database + " on server " + h.server
}
