package pgtest

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// admin makes and drops the databases of a process, all through one connection: a
// backend for each statement costs the server more than many a test.
type admin struct {
	mu   sync.Mutex
	conn *pgx.Conn // nil before the first use, and after a failure
}

// createDatabase copies the empty database's files. Without the word a server of 15
// or later writes all of them to its log too.
func (a *admin) createDatabase(t testing.TB, server, name string) {
	t.Helper()
	a.run(t, server, func(conn *pgx.Conn) string {
		if major(conn) < 15 {
			return "CREATE DATABASE " + name + " TEMPLATE template0"
		}
		return "CREATE DATABASE " + name + " TEMPLATE template0 STRATEGY FILE_COPY"
	})
}

func (a *admin) dropDatabase(t testing.TB, server, name string) {
	t.Helper()
	a.run(t, server, func(*pgx.Conn) string { return "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)" })
}

// run uses no context of the test: clean-ups run when that is over.
func (a *admin) run(t testing.TB, server string, statement func(*pgx.Conn) string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := a.connect(ctx, server); err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	sql := statement(a.conn)
	if _, err := a.conn.Exec(ctx, sql); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

func (a *admin) connect(ctx context.Context, server string) (err error) {
	if a.conn != nil && !a.conn.IsClosed() {
		return nil
	}
	a.conn, err = pgx.Connect(ctx, server)
	return err
}

// major is the server's version: 15 of "15.14 (Debian 15.14-0+deb12u1)".
func major(conn *pgx.Conn) int {
	version, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), ".")
	n, _ := strconv.Atoi(version)
	return n
}
