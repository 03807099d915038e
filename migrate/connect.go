package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// session undoes what a database's defaults could do to a migration. An empty path
// lets a statement that entered nowhere find nothing.
const session = `SET standard_conforming_strings = on;
SET default_transaction_read_only = off;
SET default_transaction_isolation = 'read committed';
SET search_path = ''`

// connect opens a connection on which the text of a migration means what it meant
// when it was read.
func (r *Runner) connect(ctx context.Context, h home) (*pgx.Conn, error) {
	if r.c.Engine != nil {
		return nil, r.errEngine()
	}
	conn, err := r.c.Conns.Connect(ctx, h.server, h.database)
	if err != nil {
		return nil, fmt.Errorf("migrate: connect to %s: %w", h, err)
	}
	if _, err := execAll(ctx, conn.PgConn(), session); err != nil {
		r.close(conn)
		return nil, fmt.Errorf("migrate: connect to %s: %w", h, err)
	}
	return conn, nil
}

// plainStrings refuses a connection of somebody else's that would read a backslash
// in a migration's text as an escape.
func plainStrings(conn *pgx.Conn) error {
	if conn.PgConn().ParameterStatus("standard_conforming_strings") == "off" {
		return fmt.Errorf("migrate: the connection has standard_conforming_strings = off: turn it on: %w", errors.ErrUnsupported)
	}
	return nil
}

func (r *Runner) close(conn *pgx.Conn) {
	if conn == nil {
		return
	}
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
