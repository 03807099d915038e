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

// locks make operations of one name wait for each other, across processes. They
// are session locks on a connection of its own, so that a killed process gives
// them back by dying.
type locks struct{ conn *pgx.Conn }

// endless keeps the limit that a role or a database may have off a session that
// only holds a lock. Older servers know no such limit.
const endless = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`

// lock takes the lock of a name. The caller releases.
func (m *Manager) lock(ctx context.Context, name string) (locks, error) {
	if err := m.writable(); err != nil {
		return locks{}, err
	}
	conn, err := m.c.Connect.Connect(ctx, m.c.Main, "")
	if err != nil {
		return locks{}, err
	}
	l := locks{conn}
	if _, err = conn.Exec(ctx, endless); err == nil {
		err = l.take(ctx, name)
	}
	if err != nil {
		l.release()
		return locks{}, fmt.Errorf("lock %s: %w", name, err)
	}
	return l, nil
}

// take waits for a further lock. Who holds one of a slug may take one of an id, and
// never the other way round. It asks again and again: a statement that waits keeps
// a snapshot, and CREATE INDEX CONCURRENTLY in the holder's migrations would wait
// for that, for ever.
func (l locks) take(ctx context.Context, name string) error {
	sum := sha256.Sum256([]byte("rowhouse lifecycle " + name))
	key := int64(binary.BigEndian.Uint64(sum[:8]))
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		var mine bool
		err := l.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", pgx.QueryExecModeExec, key).Scan(&mine)
		if err != nil || mine {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (l locks) release() { hangUp(l.conn) }

// operate runs f on a tenant as it is now, while no other operation is at it.
func (m *Manager) operate(ctx context.Context, action string, id tenant.ID, f func(*tenant.Tenant) (*tenant.Tenant, error)) (*tenant.Tenant, error) {
	held, err := m.lock(ctx, id.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	defer held.release()
	t, err := m.Find(ctx, tenant.ByID(id))
	if err == nil {
		t, err = f(t)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	return t, nil
}

// hangUp closes a connection whatever became of the caller's context.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := lasting(context.Background())
	defer cancel()
	_ = conn.Close(ctx)
}

// lasting returns a context for what must still be done when the caller has gone,
// but not for ever.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}
