package catalog_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// street is a database in which tests build schemas.
type street struct {
	testing.TB
	conn *pgx.Conn
}

func newStreet(t testing.TB) *street {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &street{t, conn}
}

func (s *street) exec(sql string) {
	s.Helper()
	if _, err := s.conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
		s.Fatalf("%v in %.200s", err, sql)
	}
}

// house builds a schema with every kind of object, and then runs what follows in it.
func (s *street) house(name string, more ...string) {
	s.Helper()
	sql, err := os.ReadFile("testdata/house.sql")
	if err != nil {
		s.Fatal(err)
	}
	s.schema(name, append([]string{string(sql)}, more...)...)
}

// schema makes a schema and runs SQL in it.
func (s *street) schema(name string, all ...string) {
	s.Helper()
	s.exec("CREATE SCHEMA " + ident.Quote(name))
	s.inside(name, all...)
}

func (s *street) inside(name string, all ...string) {
	s.Helper()
	for _, sql := range all {
		s.exec("SET search_path = " + ident.Quote(name) + ", pg_temp; " + sql + "; RESET search_path")
	}
}

func (s *street) fingerprints(names ...string) map[string]string {
	s.Helper()
	all, err := catalog.Fingerprint(s.Context(), s.conn, names)
	if err != nil {
		s.Fatal(err)
	}
	return all
}

func (s *street) inspect(name string, more ...catalog.Option) catalog.Schema {
	s.Helper()
	found, err := catalog.Inspect(s.Context(), s.conn, name, more...)
	if err != nil {
		s.Fatal(err)
	}
	return found
}

// explained returns what Diff says of two schemas.
func (s *street) explained(want, have string) (lines []string) {
	s.Helper()
	for _, d := range catalog.Diff(s.inspect(want), s.inspect(have)) {
		lines = append(lines, d.String())
	}
	return lines
}
