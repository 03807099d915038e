package pgbouncertest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgbouncertest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// Two clients share one server connection, so a session SET of the first reaches the
// second: the very leak that the doors must not have.
func TestClientsShareServerSessions(t *testing.T) {
	t.Parallel()
	through := pgbouncertest.Start(t, pgtest.Database(t), "default_pool_size=1")
	first, second := connect(t, through), connect(t, through)
	if _, err := first.Exec(t.Context(), "SET rowhouse.mark = 'left by the first'"); err != nil {
		t.Fatal(err)
	}
	var seen string
	if err := second.QueryRow(t.Context(), "SELECT current_setting('rowhouse.mark', true)").Scan(&seen); err != nil {
		t.Fatal(err)
	}
	if seen != "left by the first" {
		t.Errorf("the second client sees %q: not one session, so no transaction pooling", seen)
	}
}

func TestARoleWithAPasswordGetsThrough(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t)
	conn := connect(t, pgbouncertest.Start(t, pgtest.Role(t, database, "NOSUPERUSER")))
	var super bool
	if err := conn.QueryRow(t.Context(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&super); err != nil {
		t.Fatal(err)
	}
	if super {
		t.Error("came through as the superuser")
	}
}

// connect avoids named statements, which this mode does not keep.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(t.Context()) })
	return conn
}
