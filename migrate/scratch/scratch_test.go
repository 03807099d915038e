package scratch_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type server string

func (s server) Connect(ctx context.Context, _, database string) (*pgx.Conn, error) {
	u, err := url.Parse(string(s))
	if err != nil {
		return nil, err
	}
	if database != "" {
		u.Path = "/" + database
	}
	return pgx.Connect(ctx, u.String())
}

func open(t *testing.T, at server) *scratch.Server {
	t.Helper()
	s, err := scratch.Open(t.Context(), at, "main")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func there(t *testing.T, at server, d *scratch.Database) (yes bool) {
	t.Helper()
	conn, err := at.Connect(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", d.Name).Scan(&yes); err != nil {
		t.Fatal(err)
	}
	return yes
}

func create(t *testing.T, s *scratch.Server) *scratch.Database {
	t.Helper()
	d, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDatabasesAreGoneInTheEnd(t *testing.T) {
	t.Parallel()
	at := server(pgtest.Database(t))
	s := open(t, at)
	d := create(t, s)
	if err := d.Exec(t.Context(), "", "CREATE TABLE public.things AS SELECT 1 AS id"); err != nil {
		t.Fatal(err)
	}
	copied, err := s.Copy(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if err := copied.Exec(t.Context(), "public", "TABLE things"); err != nil {
		t.Error(err)
	}
	left, err := copied.Connect(t.Context(), "", "") // still connected
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = left.Close(context.Background()) }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if there(t, at, d) || there(t, at, copied) {
		t.Error("a scratch database is left")
	}
}

// killer lets go of its connection as a program that is killed does.
type killer struct {
	server
	root *pgx.Conn
}

func (k *killer) Connect(ctx context.Context, s, database string) (_ *pgx.Conn, err error) {
	k.root, err = k.server.Connect(ctx, s, database)
	return k.root, err
}

func TestTheNextRunRemovesWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	at := server(pgtest.Database(t))
	living := open(t, at)
	defer func() { _ = living.Close() }()
	used := create(t, living)
	victim := &killer{server: at}
	killed, err := scratch.Open(t.Context(), victim, "main")
	if err != nil {
		t.Fatal(err)
	}
	orphan := create(t, killed)
	if err := victim.root.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); there(t, at, orphan); { // the server notices when it gets to it
		if time.Now().After(end) {
			t.Fatal("what a killed run left is still there")
		}
		if err := open(t, at).Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !there(t, at, used) {
		t.Error("the database of a living run is gone")
	}
}

func TestARoleThatMayNotCreateDatabases(t *testing.T) {
	t.Parallel()
	s := open(t, server(pgtest.Role(t, pgtest.Database(t), "")))
	defer func() { _ = s.Close() }()
	if _, err := s.Create(t.Context()); !errors.Is(err, scratch.ErrNotAllowed) {
		t.Errorf("%v", err)
	}
}
