// Package pgbouncertest puts a real PgBouncer in front of a test's database, in
// transaction mode: what leaves anything behind in a session shows.
//
// It is support for tests, like internal/pgtest.
package pgbouncertest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// Start runs a PgBouncer until the test ends and returns databaseURL through it, for
// the same user. Settings such as "default_pool_size=8" win over the defaults
// (transaction pooling, 20 server connections, 1000 clients).
func Start(t testing.TB, databaseURL string, settings ...string) string {
	t.Helper()
	program := pgtest.Need(t, "pgbouncer")
	target, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatalf("the database's URL: %v", err)
	}
	port, err := pglocal.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"pgbouncer.ini": config(target, port, settings), "users.txt": users(target)}
	bouncer, err := pglocal.StartCompanion(t.Context(), program, files, "pgbouncer.ini")
	if err != nil {
		t.Fatalf("start PgBouncer: %v", err)
	}
	t.Cleanup(func() { stop(t, bouncer) })
	through := *target
	through.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	awaitReady(t, bouncer, through.String())
	return through.String()
}

func config(target *url.URL, port int, settings []string) string {
	upstream := target.Port()
	if upstream == "" {
		upstream = "5432"
	}
	lines := []string{
		"[databases]",
		fmt.Sprintf("* = host=%s port=%s", target.Hostname(), upstream),
		"[pgbouncer]",
		"listen_addr = 127.0.0.1",
		"listen_port = " + strconv.Itoa(port),
		"unix_socket_dir =",
		"auth_type = trust", // towards clients; the server gets the password below
		"auth_file = users.txt",
		"pool_mode = transaction",
		"default_pool_size = 20",
		"max_client_conn = 1000",
		"ignore_startup_parameters = extra_float_digits",
		"server_tls_sslmode = prefer",
		"log_connections = 0",
		"log_disconnections = 0",
	}
	return strings.Join(append(lines, settings...), "\n") + "\n"
}

// users is PgBouncer's list of who may connect, with the password for the server.
func users(target *url.URL) string {
	password, _ := target.User.Password()
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	return quote(target.User.Username()) + " " + quote(password) + "\n"
}

// awaitReady returns once a query goes through.
func awaitReady(t testing.TB, bouncer *pglocal.Companion, through string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	for {
		err := ping(ctx, through)
		if err == nil {
			return
		}
		select {
		case <-bouncer.Done():
			t.Fatalf("PgBouncer ended by itself:\n%s", bouncer.Log())
		case <-ctx.Done():
			t.Fatalf("PgBouncer does not answer: %v\n%s", err, bouncer.Log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func ping(ctx context.Context, through string) error {
	conn, err := pgx.Connect(ctx, through)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx)
}

func stop(t testing.TB, bouncer *pglocal.Companion) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := bouncer.Stop(ctx); err != nil {
		t.Error(err)
	}
}
