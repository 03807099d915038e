package doctor

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// patient is a database with one tenant, acme.
type patient struct {
	t      *testing.T
	config rowhouse.Config
	conn   *pgx.Conn
	house  *rowhouse.House
	acme   *tenant.Tenant
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{t: t, config: rowhouse.Config{
		Servers:    map[string]rowhouse.Server{rowhouse.Main: {URL: pgtest.Database(t)}},
		Migrations: rowhouse.Migrations{Tenant: fstest.MapFS{"0001_users.sql": file("CREATE TABLE users (id int PRIMARY KEY);")}},
		Resolve:    resolve.Must(resolve.Subdomain("app.example")),
	}}
	p.check(rowhouse.Init(t.Context(), p.config))
	var err error
	p.house, err = rowhouse.Open(t.Context(), p.config)
	p.check(err)
	t.Cleanup(func() { _ = p.house.Close() })
	p.acme, err = p.house.Lifecycle().Create(t.Context(), lifecycle.New{Slug: "acme"})
	p.check(err)
	p.conn, err = connect(t.Context(), p.config.Servers[rowhouse.Main].URL)
	p.check(err)
	t.Cleanup(func() { hangUp(p.conn) })
	return p
}

func file(up string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + up + "\n")}
}

func (p *patient) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// exec runs SQL in which ACME stands for the tenant's schema, and ID for its id.
func (p *patient) exec(sql string) {
	p.t.Helper()
	sql = strings.NewReplacer("ACME", p.acme.Placement.Schema, "DATABASE DATABASE", "DATABASE "+p.conn.Config().Database, "ID", "'"+p.acme.ID.String()+"'").Replace(sql)
	_, err := p.conn.Exec(p.t.Context(), sql)
	p.check(err)
}

// findings returns what a check found; only warnings and problems of all checks for "".
func (p *patient) findings(check string) []Finding {
	p.t.Helper()
	all, err := Check(p.t.Context(), p.config)
	p.check(err)
	return slices.DeleteFunc(all, func(f Finding) bool {
		return check == "" && f.Severity == Note || check != "" && f.Check != check
	})
}

// one fails the test unless a check found exactly one thing, of this severity.
func (p *patient) one(check string, severity Severity, object string) Finding {
	p.t.Helper()
	found := p.findings(check)
	if len(found) != 1 || found[0].Severity != severity || !strings.Contains(found[0].Object, object) {
		p.t.Fatalf("%s found %+v, want one %s about %s", check, found, severity, object)
	}
	if found[0].What == "" || found[0].Remedy == "" {
		p.t.Errorf("no remedy: %+v", found[0])
	}
	return found[0]
}
