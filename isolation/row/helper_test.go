package row_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// street is a database with the pooled tables of a blog, and two tenants in them.
type street struct {
	*testing.T
	level   *row.Level
	admin   *pgx.Conn // bypasses the policies
	appURL  string
	app     string // name of the application's role
	a, b    tenant.ID
	at      tenant.Placement
	tenants []tenant.ID
}

func newStreet(t *testing.T) *street {
	t.Helper()
	base := pgtest.Database(t)
	s := &street{T: t, a: tenant.NewID(), b: tenant.NewID(), appURL: pgtest.Role(t, base, "")}
	u, err := url.Parse(s.appURL)
	if err != nil {
		t.Fatal(err)
	}
	s.app = u.User.Username()
	s.level = row.New(isolation.DefaultNames(), row.GrantTo(s.app))
	s.at = s.level.Place(s.a, "a", "main")
	s.tenants = []tenant.ID{s.a, s.b}
	s.admin = s.connect(base)
	s.exec(s.admin, isolation.Script(s.level.Create(s.at)...))
	return s
}

func (s *street) connect(url string) *pgx.Conn {
	s.Helper()
	conn, err := pgx.Connect(s.Context(), url)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// exec runs a script as one message, and so in one transaction.
func (s *street) exec(conn *pgx.Conn, script string) {
	s.Helper()
	if err := run(s.Context(), conn, script); err != nil {
		s.Fatalf("%s: %v", script, err)
	}
}

func run(ctx context.Context, conn *pgx.Conn, script string) error {
	_, err := conn.PgConn().Exec(ctx, script).ReadAll()
	return err
}

func (s *street) count(sql string) (n int) {
	s.Helper()
	if err := s.admin.QueryRow(s.Context(), sql, pgx.QueryExecModeExec).Scan(&n); err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
	return n
}

// protect is what a migration's table becomes.
func protect(table string) string {
	t := "pooled." + ident.Quote(table)
	const own = "(tenant_id = current_setting('rowhouse.tenant')::uuid)"
	return "ALTER TABLE " + t + " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; " +
		"CREATE POLICY rowhouse ON " + t + " USING " + own + " WITH CHECK " + own + ";\n"
}

func state(err error) string {
	pg, ok := err.(*pgconn.PgError)
	if !ok {
		return ""
	}
	return pg.Code
}
