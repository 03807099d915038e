package drift

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

// Checker compares tenants with their migrations. It is safe for concurrent use.
type Checker struct {
	c      migrate.Config
	runner *migrate.Runner
	ignore []string
}

// Option changes what [New] returns.
type Option func(*Checker)

// Ignore names tables that are not compared, beside [catalog.VersionTables].
func Ignore(tables ...string) Option {
	return func(c *Checker) { c.ignore = append(c.ignore, tables...) }
}

// New returns a checker for a fleet: c is what its [migrate.Runner] was made with.
func New(c migrate.Config, more ...Option) (*Checker, error) {
	if c.Names == (isolation.Names{}) {
		c.Names = isolation.DefaultNames()
	}
	runner, err := migrate.New(c)
	if err != nil {
		return nil, err
	}
	checker := &Checker{c: c, runner: runner, ignore: catalog.VersionTables()}
	for _, option := range more {
		option(checker)
	}
	return checker, nil
}

// Options select what is checked. The zero value checks all tenants.
type Options struct {
	Filter  registry.Filter
	Workers int // connections at a time; 0 means 4
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return 4
}

// home is a database that holds tenants.
type home struct{ server, database string }

func (c *Checker) connect(ctx context.Context, h home) (*pgx.Conn, error) {
	conn, err := c.c.Conns.Connect(ctx, h.server, h.database)
	if err != nil {
		return nil, fmt.Errorf("connect to server %s: %w", h.server, err)
	}
	if _, err := conn.Exec(ctx, "SET standard_conforming_strings = on; SET default_transaction_read_only = off", pgx.QueryExecModeSimpleProtocol); err != nil {
		hangUp(conn)
		return nil, fmt.Errorf("connect to server %s: %w", h.server, err)
	}
	return conn, nil
}

// hangUp closes a connection whatever became of the caller's context.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is left to lose on it
}

// rollBack ends a transaction whatever became of the caller's context.
func rollBack(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = tx.Rollback(ctx) // what was not committed is gone with the connection as well
}
