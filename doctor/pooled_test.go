package doctor

import (
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestTenantsWhoShareTheirTables(t *testing.T) {
	t.Parallel()
	base := pgtest.Database(t)
	app := pgtest.Role(t, base, "")
	role, err := url.Parse(app)
	if err != nil {
		t.Fatal(err)
	}
	p := &patient{t: t, config: rowhouse.Config{
		Servers:    map[string]rowhouse.Server{rowhouse.Main: {URL: base, AppURL: app}},
		Isolation:  tenant.Row,
		AppRole:    role.User.Username(),
		Migrations: rowhouse.Migrations{Tenant: fstest.MapFS{"0001_users.sql": file("CREATE TABLE users (id int PRIMARY KEY);")}},
		Resolve:    resolve.Must(resolve.Subdomain("app.example")),
	}}
	p.check(rowhouse.Init(t.Context(), p.config))
	p.house, err = rowhouse.Open(t.Context(), p.config)
	p.check(err)
	t.Cleanup(func() { _ = p.house.Close() })
	p.acme, err = p.house.Lifecycle().Create(t.Context(), lifecycle.New{Slug: "acme"})
	p.check(err)
	p.conn, err = connect(t.Context(), base)
	p.check(err)
	t.Cleanup(func() { hangUp(p.conn) })

	for _, check := range []string{"ledger", "shared tables", "migrations"} {
		if found := p.findings(check); len(found) > 0 {
			t.Errorf("%s of a whole fleet: %+v", check, found)
		}
	}
	p.exec("ALTER TABLE pooled.users DISABLE ROW LEVEL SECURITY")
	if f := p.one("shared tables", Problem, "pooled"); !strings.Contains(f.What, "users row security is off") {
		t.Errorf("%+v", f)
	}
	p.exec("ALTER TABLE pooled.users ENABLE ROW LEVEL SECURITY")
	p.exec("UPDATE rowhouse.tenants SET version = 7")
	p.one("ledger", Warning, "acme")
}
