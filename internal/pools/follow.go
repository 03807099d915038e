package pools

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// follow keeps a pool with a server that the configuration does not name. When such a
// server is started again it may have another address, and the one that it had may be
// another's: it is looked for before each connection is made. Connections that ended
// with its last run are not lent.
func (s *Set) follow(name string, config *pgxpool.Config) {
	config.BeforeConnect = func(_ context.Context, to *pgx.ConnConfig) error {
		server, err := s.Server(name)
		if err != nil {
			return err
		}
		now, err := settings(server)
		if err != nil {
			return err
		}
		*to = *now.ConnConfig
		return nil
	}
	lendAlive(config)
}

// lendAlive has what has died while it was idle be known before anything is sent on it.
func lendAlive(config *pgxpool.Config) {
	config.PrepareConn = func(_ context.Context, conn *pgx.Conn) (bool, error) { return alive(conn), nil }
}
