package isolationtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// servers are the street's own and those that tenants have for themselves.
type servers struct {
	main string // URL
	mu   sync.Mutex
	own  map[string]string // URLs by name
}

var errNoServer = errors.New("isolationtest: there is no such server")

// serve gives a tenant a server of its own, where the level does.
func (s *PostgresStreet) serve(ctx context.Context, t *tenant.Tenant) error {
	if s.c.Own == nil || t.Placement.Server == server {
		return nil
	}
	url, err := s.c.Own(ctx, t.ID)
	if err != nil {
		return fmt.Errorf("isolationtest: a server for %s: %w", t.Slug, err)
	}
	s.servers.mu.Lock()
	defer s.servers.mu.Unlock()
	s.servers.own[t.Placement.Server] = url
	context.AfterFunc(ctx, func() { s.servers.forget(t.Placement.Server) })
	return nil
}

func (s *servers) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.own, name)
}

func (s *servers) url(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == server {
		return s.main, nil
	}
	url, ok := s.own[name]
	if !ok {
		return "", fmt.Errorf("%w: %s", errNoServer, name)
	}
	return url, nil
}

// elsewhere finds tenants' own servers for a door over so many connections to each.
func (s *servers) elsewhere(conns int) func(string) (pools.Server, error) {
	return func(name string) (pools.Server, error) {
		url, err := s.url(name)
		return pools.Server{URL: url, MaxConns: int32(conns)}, err
	}
}

// Connect opens a connection of its own past any pooler.
func (s *servers) Connect(ctx context.Context, name, database string) (*pgx.Conn, error) {
	url, err := s.url(name)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if database != "" {
		config.Database = database
	}
	return pgx.ConnectConfig(ctx, config)
}

func (s *servers) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.own))
}

// Admin runs a statement on a connection that no door has, also on the servers that
// tenants have for themselves.
func (s *PostgresStreet) Admin(ctx context.Context, sql string) ([]string, error) {
	rows, err := s.admin.Query(ctx, sql, pgx.QueryExecModeExec)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range s.servers.names() {
		more, failed := s.ask(ctx, name, sql)
		found, err = append(found, more...), errors.Join(err, failed)
	}
	return found, err
}

func (s *PostgresStreet) ask(ctx context.Context, name, sql string) ([]string, error) {
	conn, err := s.servers.Connect(ctx, name, "")
	if err != nil {
		return nil, err
	}
	defer hangUp(conn)
	rows, err := conn.Query(ctx, sql, pgx.QueryExecModeExec)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
