package tenantpgx_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// wire is a proxy before the server that counts round trips: how often the client
// speaks after the server has.
type wire struct {
	mu     sync.Mutex
	trips  int
	client bool                 // who spoke last
	before func(message []byte) // called with what the client says, before the server hears it
}

// tap returns the URL of a database through a new wire.
func tap(t *testing.T, database string) (*wire, string) {
	t.Helper()
	target, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	w, upstream := &wire{}, target.Host
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go w.join(conn, upstream)
		}
	}()
	target.Host = listener.Addr().String()
	query := target.Query()
	query.Set("sslmode", "disable")
	target.RawQuery = query.Encode()
	return w, target.String()
}

func (w *wire) join(client net.Conn, upstream string) {
	server, err := net.Dial("tcp", upstream)
	if err != nil {
		_ = client.Close()
		return
	}
	go w.pass(server, client, true)
	w.pass(client, server, false)
}

func (w *wire) pass(to io.WriteCloser, from io.Reader, client bool) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			w.spoke(client, buffer[:n])
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (w *wire) spoke(client bool, message []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if client && w.before != nil {
		w.before(message)
	}
	if client && !w.client {
		w.trips++
	}
	w.client = client
}

// count returns the round trips of f.
func (w *wire) count(f func()) int {
	w.mu.Lock()
	before := w.trips
	w.mu.Unlock()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.trips - before
}

// A statement costs what it costs without tenants: one round trip. The tenants take
// turns, so each statement enters.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t)
	wire, through := tap(t, database)
	w := openWorld(t, database, through)
	batch := func() {
		b := &pgx.Batch{}
		b.Queue(byKey, 1)
		b.Queue(byKey, 2)
		if err := w.db.SendBatch(as(t, w.a), b).Close(); err != nil {
			t.Error(err)
		}
	}
	cases := []struct {
		name string
		f    func()
		want int
	}{
		{"read by key", func() { reads(t, w.db, w.a) }, 1},
		{"two tenants in turn", func() { reads(t, w.db, w.a); reads(t, w.db, w.b) }, 2},
		{"write", func() { execute(t, w, "UPDATE polls SET question = 'a' WHERE id = $1") }, 1},
		{"begin, read, commit", func() { transaction(t, w) }, 3},
		{"batch of two", batch, 1},
	}
	for _, c := range cases {
		for range 3 { // the first time a statement is described, the second time it is named
			c.f()
		}
		if got := wire.count(c.f); got != c.want {
			t.Errorf("%s: %d round trips, want %d", c.name, got, c.want)
		}
	}
}

func execute(t *testing.T, w *world, sql string) {
	t.Helper()
	if _, err := w.db.Exec(as(t, w.a), sql, 1); err != nil {
		t.Error(err)
	}
}

func transaction(t *testing.T, w *world) {
	t.Helper()
	tx, err := w.db.Begin(as(t, w.a))
	if err != nil {
		t.Fatal(err)
	}
	reads(t, tx, w.a)
	if err := tx.Commit(as(t, w.a)); err != nil {
		t.Error(err)
	}
}

// A session that the server ends between two statements is noticed by the next one,
// at whatever its first word is. Nothing ran, so it is sent again.
func TestASessionThatWasEndedIsReplaced(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t)
	wire, through := tap(t, database)
	w := openWorld(t, database, through)
	ended := 0
	wire.before = func(message []byte) {
		if ended > 0 || !bytes.Contains(message, []byte("BEGIN")) {
			return
		}
		ended++
		w.admin(t, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'")
	}
	for name, f := range map[string]func(){
		"begin": func() { transaction(t, w) },
		"do": func() {
			if _, err := w.db.Exec(as(t, w.a), "DO $$ BEGIN PERFORM 1; END $$"); err != nil {
				t.Error(err)
			}
		},
	} {
		ended = 0
		if f(); ended != 1 {
			t.Errorf("%s: no session was ended", name)
		}
	}
}
