package scratch

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Database is one scratch database. It is for one goroutine.
type Database struct {
	Name   string
	config *pgx.ConnConfig
	idle   *pgx.Conn // under the empty path; nil: there is none yet
}

// Connect opens a connection to this database, whatever is asked for: a migrate.Runner
// that gets it as its connections works here only. The caller closes it.
func (d *Database) Connect(ctx context.Context, _, _ string) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, d.with(""))
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return conn, nil
}

// Within runs f on a connection. path is its search path; empty leaves only
// PostgreSQL's own names.
func (d *Database) Within(ctx context.Context, path string, f func(*pgx.Conn) error) error {
	if path == "" && d.idle != nil && !d.idle.IsClosed() {
		return f(d.idle)
	}
	conn, err := pgx.ConnectConfig(ctx, d.with(path))
	if err != nil {
		return fmt.Errorf("scratch: %w", err)
	}
	if path == "" { // looking at what there is happens again and again
		d.idle = conn
	} else {
		defer hangUp(conn)
	}
	return f(conn)
}

// release closes the connection that Within keeps.
func (d *Database) release() {
	if d.idle != nil {
		hangUp(d.idle)
		d.idle = nil
	}
}

// SQL runs f on a pool that is closed afterwards.
func (d *Database) SQL(path string, f func(*sql.DB) error) error {
	db := stdlib.OpenDB(*d.with(path))
	db.SetMaxOpenConns(4)
	return errors.Join(f(db), db.Close())
}

// Exec runs a script under a path.
func (d *Database) Exec(ctx context.Context, path, script string) error {
	return d.Within(ctx, path, func(conn *pgx.Conn) error {
		if _, err := conn.PgConn().Exec(ctx, script).ReadAll(); err != nil {
			return fmt.Errorf("scratch: %w", err)
		}
		return nil
	})
}

// with returns how to connect. What a role or a database sets by default does not
// count here.
func (d *Database) with(path string) *pgx.ConnConfig {
	c := d.config.Copy()
	c.Database = d.Name
	c.RuntimeParams["search_path"] = path
	if path == "" {
		c.RuntimeParams["search_path"] = `""`
	}
	c.RuntimeParams["jit"] = "off"
	c.RuntimeParams["standard_conforming_strings"] = "on"
	delete(c.RuntimeParams, "application_name")
	return c
}
