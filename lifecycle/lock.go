package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// lock makes operations of one name wait for each other, across processes. It is
// a session lock on a connection of its own, so that a killed process gives it
// back by dying.
func (m *Manager) lock(ctx context.Context, name string) (release func(), err error) {
	conn, err := m.c.Connect.Connect(ctx, m.c.Main, "")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte("rowhouse lifecycle " + name))
	key := int64(binary.BigEndian.Uint64(sum[:8]))
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", key); err != nil {
		hangUp(conn)
		return nil, fmt.Errorf("wait for %s: %w", name, err)
	}
	return func() { hangUp(conn) }, nil
}

// alone runs f while no other operation is at this tenant.
func (m *Manager) alone(ctx context.Context, id tenant.ID, f func() error) error {
	release, err := m.lock(ctx, id.String())
	if err != nil {
		return err
	}
	defer release()
	return f()
}

// hangUp closes a connection whatever became of the caller's context.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
