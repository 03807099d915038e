package pools

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// registryConns is enough for the questions that a cache leaves over.
const registryConns = 3

// Registry returns a second, small pool of a server, for the registry alone: while
// the application's statements hold all of theirs, it still hears who is suspended.
func (s *Set) Registry(name string) (*pgxpool.Pool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := name + "\x00registry" // no server has such a name
	if pool, ok := s.pools[key]; ok {
		return pool, nil
	}
	if s.closed {
		return nil, fmt.Errorf("pools: %w", ErrClosed)
	}
	server, err := s.Server(name)
	if err != nil {
		return nil, err
	}
	pool, err := openSmall(server)
	if err != nil {
		return nil, fmt.Errorf("pools: registry's pool of server %s: %w", name, err)
	}
	s.pools[key] = pool
	return pool, nil
}

func openSmall(server Server) (*pgxpool.Pool, error) {
	server.MaxConns, server.AppURL = registryConns, ""
	config, err := settings(server)
	if err != nil {
		return nil, err
	}
	config.MinConns, config.MinIdleConns = 0, 0 // the URL's are the application's
	params := config.ConnConfig.RuntimeParams
	params["application_name"] = strings.TrimSpace(params["application_name"] + " rowhouse-registry")
	return start(config)
}
