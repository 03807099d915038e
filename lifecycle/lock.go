package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// operation is one that is under way. Locks make operations of one name wait for
// each other, across processes. They are session locks on the operation's own
// connection, so that a killed process gives them back by dying.
type operation struct {
	*Manager
	conn *pgx.Conn // to the main server; nil on an engine
	held *grip     // on an engine
}

// endless keeps the limit that a role or a database may have off a session that
// only holds a lock. Older servers know no such limit.
const endless = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`

// lock begins an operation when it is this one's turn and nobody else has the name.
// The caller releases.
func (m *Manager) lock(ctx context.Context, name string) (operation, error) {
	if err := m.writable(); err != nil {
		return operation{}, err
	}
	o, err := m.begin(ctx)
	if err != nil {
		return operation{}, err
	}
	if o.conn != nil {
		_, err = o.conn.Exec(ctx, endless)
	}
	if err == nil {
		err = o.take(ctx, name)
	}
	if err != nil {
		o.release()
		return operation{}, fmt.Errorf("lock %s: %w", name, err)
	}
	return o, nil
}

// begin waits for a slot and connects.
func (m *Manager) begin(ctx context.Context) (operation, error) {
	select {
	case m.slots <- struct{}{}:
	case <-ctx.Done():
		return operation{}, fmt.Errorf("wait for other operations: %w", context.Cause(ctx))
	}
	if m.c.Engine != nil {
		return operation{Manager: m, held: &grip{}}, nil
	}
	conn, err := m.connect(ctx, m.c.Main, "")
	if err != nil {
		<-m.slots
		return operation{}, err
	}
	return operation{Manager: m, conn: conn}, nil
}

func (o operation) release() {
	if o.conn != nil {
		hangUp(o.conn)
	} else {
		o.held.release()
	}
	<-o.slots
}

// connect opens a connection. A server that has none left may have one soon.
func (m *Manager) connect(ctx context.Context, server, database string) (*pgx.Conn, error) {
	deadline := time.Now().Add(m.c.Patience)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		conn, err := m.c.Connect.Connect(ctx, server, database)
		if err == nil || !full(err) || time.Now().Add(wait).After(deadline) {
			return conn, err
		}
		if err := pause(ctx, wait/2+rand.N(wait)); err != nil {
			return nil, err
		}
	}
}

// full reports SQLSTATE 53300, too_many_connections.
func full(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "53300"
}

// take waits for a further lock. Who holds one of a slug may take one of an id, and
// never the other way round. It asks again and again: a statement that waits keeps
// a snapshot, and CREATE INDEX CONCURRENTLY in the holder's migrations would wait
// for that, for ever.
func (o operation) take(ctx context.Context, name string) error {
	if o.c.Engine != nil {
		return o.takeOn(ctx, name)
	}
	sum := sha256.Sum256([]byte("rowhouse lifecycle " + name))
	key := int64(binary.BigEndian.Uint64(sum[:8]))
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		var mine bool
		err := o.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", pgx.QueryExecModeExec, key).Scan(&mine)
		if err != nil || mine {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// operate runs f on a tenant as it is now, while no other operation is at it.
func (m *Manager) operate(ctx context.Context, action string, id tenant.ID, f func(operation, *tenant.Tenant) (*tenant.Tenant, error)) (*tenant.Tenant, error) {
	held, err := m.lock(ctx, id.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	defer held.release()
	t, err := m.Find(ctx, tenant.ByID(id))
	if err == nil {
		t, err = f(held, t)
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
