// Package pools keeps the connections: one bounded pool for each server of the
// configuration, opened when first used, and a bounded number of small ones for
// databases of their own.
package pools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Server is one PostgreSQL of the configuration.
type Server struct {
	URL string
	// AppURL leads to the same place as the role that serves tenants, where that is not
	// the one that migrates; empty means URL. Doors take it, operations never do.
	AppURL string
	// Pooler is "transaction" where URL leads through a pooler in that mode:
	// nothing may then outlive a transaction.
	Pooler string
	// DirectURL leads to the server itself where URL leads through a pooler.
	DirectURL string
	// MaxConns bounds the pool; 0 takes pgxpool's default.
	MaxConns int32
	// Databases is how many pools of databases beside the server's own may be open at
	// a time; 0 is 20: with four connections each they fit into a server of a hundred.
	Databases int
	// DatabaseConns bounds each of those; 0 is 4.
	DatabaseConns int32
	// DatabaseIdle is how long one stays open that nobody uses; 0 is five minutes.
	DatabaseIdle time.Duration
	// DatabaseWait is how long a caller waits while all of them are in use, before one
	// more is opened; 0 is one second.
	DatabaseWait time.Duration
}

func (s Server) withDefaults() Server {
	s.Databases = cmp.Or(s.Databases, 20)
	s.DatabaseConns = cmp.Or(s.DatabaseConns, 4)
	s.DatabaseIdle = cmp.Or(s.DatabaseIdle, 5*time.Minute)
	s.DatabaseWait = cmp.Or(s.DatabaseWait, time.Second)
	return s
}

// Pooled reports whether URL leads through a transaction pooler.
func (s Server) Pooled() bool { return s.Pooler == "transaction" }

// Direct returns the URL for work that needs a session of its own, or
// [ErrNoDirectURL].
func (s Server) Direct() (string, error) {
	if !s.Pooled() {
		return s.URL, nil
	}
	if s.DirectURL == "" {
		return "", ErrNoDirectURL
	}
	return s.DirectURL, nil
}

// Conditions.
var (
	// ErrNoDirectURL: the server is behind a transaction pooler and the
	// configuration names no direct_url.
	ErrNoDirectURL = errors.New("the server is behind a transaction pooler: set its direct_url")
	// ErrClosed: the set was closed.
	ErrClosed = errors.New("pools are closed")
	// ErrUnknownServer: a placement names a server that the configuration lacks.
	ErrUnknownServer = errors.New("unknown server")
)

// Set is all pools of a program. It is safe for concurrent use.
type Set struct {
	// Elsewhere finds servers that the configuration does not name; nil knows none. It
	// is set before the first use.
	Elsewhere func(name string) (Server, error)

	servers map[string]Server
	mu      sync.Mutex
	pools   map[string]*pgxpool.Pool
	shelves map[string]*shelf
	closed  bool
}

// New returns a set; it connects to nothing yet.
func New(servers map[string]Server) *Set {
	s := &Set{servers: servers, pools: map[string]*pgxpool.Pool{}, shelves: map[string]*shelf{}}
	for name, server := range servers {
		s.shelves[name] = newShelf(server)
	}
	return s
}

// Server returns a server's configuration.
func (s *Set) Server(name string) (Server, error) {
	server, ok := s.servers[name]
	switch {
	case ok:
		return server, nil
	case s.Elsewhere == nil:
		return Server{}, fmt.Errorf("pools: %w %q", ErrUnknownServer, name)
	}
	server, err := s.Elsewhere(name)
	if err != nil {
		return Server{}, fmt.Errorf("pools: server %q: %w", name, err)
	}
	return server, nil
}

// Pooled reports whether a server is reached through a transaction pooler.
func (s *Set) Pooled(name string) bool { return s.servers[name].Pooled() }

// Pool returns the pool of a server. It is opened on first use, without waiting
// for a connection.
func (s *Set) Pool(name string) (*pgxpool.Pool, error) {
	if pool, err := s.opened(name); pool != nil || err != nil {
		return pool, err
	}
	server, err := s.Server(name) // may take its time: nobody else waits for it
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if pool, err := s.found(name); pool != nil || err != nil {
		return pool, err // somebody was faster
	}
	pool, err := s.open(name, server)
	if err != nil {
		return nil, fmt.Errorf("pools: server %s: %w", name, err)
	}
	s.pools[name] = pool
	return pool, nil
}

// opened returns the pool of a server, or nil where there is none yet.
func (s *Set) opened(name string) (*pgxpool.Pool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found(name)
}

// found is opened for who holds the lock.
func (s *Set) found(name string) (*pgxpool.Pool, error) {
	if s.closed {
		return nil, fmt.Errorf("pools: %w", ErrClosed)
	}
	return s.pools[name], nil
}

// Acquire borrows a connection to a database of a server; an empty one is the
// server's own. The second result gives it back, and is called once. Until then its
// pool stays open.
func (s *Set) Acquire(ctx context.Context, name, database string) (*pgx.Conn, func(), error) {
	if database == "" {
		return s.acquire(ctx, name)
	}
	shelf, ok := s.shelves[name]
	if !ok {
		return nil, nil, fmt.Errorf("pools: %w %q", ErrUnknownServer, name)
	}
	conn, done, err := shelf.acquire(ctx, database)
	if err != nil {
		return nil, nil, fmt.Errorf("pools: database %s on server %s: %w", database, name, err)
	}
	return conn, done, nil
}

func (s *Set) acquire(ctx context.Context, name string) (*pgx.Conn, func(), error) {
	pool, err := s.Pool(name)
	if err != nil {
		return nil, nil, err
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	return conn.Conn(), conn.Release, nil
}

// Forget closes what leads to a place where a tenant was not found, once nobody uses
// it: the pool of a database, or the connections to a server that was looked for and
// may have been another's.
func (s *Set) Forget(name, database string) {
	shelf, named := s.shelves[name]
	switch {
	case named && database != "":
		shelf.forget(database)
	case !named:
		if pool, err := s.opened(name); err == nil && pool != nil {
			pool.Reset()
		}
	}
}

// Pools returns the pools that are open, for whoever looks into them.
func (s *Set) Pools() (open []*pgxpool.Pool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pool := range s.pools {
		open = append(open, pool)
	}
	for _, shelf := range s.shelves {
		open = append(open, shelf.pools()...)
	}
	return open
}

// Stats sums up the pools of all servers' databases.
func (s *Set) Stats() (all Stats) {
	for _, shelf := range s.shelves {
		all = all.plus(shelf.statistics())
	}
	return all
}

// Connect opens a connection of its own to a database of a server, past its
// pooler, for migrations and other work that needs a session. An empty database is
// the server's own. The caller closes it.
func (s *Set) Connect(ctx context.Context, name, database string) (*pgx.Conn, error) {
	config, err := s.direct(name)
	if err != nil {
		return nil, err
	}
	if database != "" {
		config.Database = database
	}
	watch(&config.Config)
	return connect(ctx, name, config)
}

// Listener opens a connection for LISTEN. A cancelled context ends its waiting at
// once: there is no statement on the server to be cancelled first.
func (s *Set) Listener(ctx context.Context, name string) (*pgx.Conn, error) {
	config, err := s.direct(name)
	if err != nil {
		return nil, err
	}
	return connect(ctx, name, config)
}

func (s *Set) direct(name string) (*pgx.ConnConfig, error) {
	server, err := s.Server(name)
	if err != nil {
		return nil, err
	}
	url, err := server.Direct()
	if err != nil {
		return nil, fmt.Errorf("pools: server %s: %w", name, err)
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("pools: server %s: %w", name, err)
	}
	return config, nil
}

func connect(ctx context.Context, name string, config *pgx.ConnConfig) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("pools: server %s: %w", name, err)
	}
	return conn, nil
}

// Close closes all pools and waits for connections that are in use.
func (s *Set) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, pool := range s.pools {
		pool.Close()
	}
	for _, shelf := range s.shelves {
		shelf.close()
	}
}

func (s *Set) open(name string, server Server) (*pgxpool.Pool, error) {
	config, err := settings(server)
	if err != nil {
		return nil, err
	}
	if _, named := s.servers[name]; !named {
		s.follow(name, config)
	}
	return start(config)
}

func start(config *pgxpool.Config) (*pgxpool.Pool, error) {
	return pgxpool.NewWithConfig(context.Background(), config)
}

func settings(server Server) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(cmp.Or(server.AppURL, server.URL))
	if err != nil {
		return nil, err
	}
	if server.MaxConns > 0 {
		config.MaxConns = server.MaxConns
	}
	// pgx would name statements by their text alone: behind a pooler they would be
	// looked for on another connection, and CopyFrom would encode the rows of one
	// tenant for the columns of another. The doors name statements themselves.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	// The doors read SQL as the standard has it, whatever the database's default is.
	config.ConnConfig.RuntimeParams["standard_conforming_strings"] = "on"
	watch(&config.ConnConfig.Config)
	return config, nil
}
