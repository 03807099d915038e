package adopt_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/adopt"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
)

// The owner of a database adopts it without being a superuser, and the application's
// role reaches what was adopted; others are named whose rights lead nowhere.
func TestOwnerAndApplication(t *testing.T) {
	t.Parallel()
	e := newEstate(t, "")
	owner, app, guest := pgtest.Role(t, e.url, "CREATEDB"), pgtest.Role(t, e.url, ""), pgtest.Role(t, e.url, "")
	e.ownedBy(owner)
	e.exec("CREATE EXTENSION citext; CREATE TABLE people (id serial, email citext); CREATE TABLE plans (i int)")
	e.exec("GRANT SELECT ON people TO " + user(t, app) + ", " + user(t, guest))

	c := e.config()
	_, err := adopt.New(c).Run(t.Context(), adopt.Options{Slug: "acme"})
	refused, ok := errors.AsType[*adopt.RefusedError](err)
	if !ok || len(refused.Findings) != 1 || refused.Findings[0].Object != "extension citext" {
		t.Fatalf("the members of citext belong to a superuser: %v", err)
	}
	c.AppRole, c.Names = user(t, app), isolation.DefaultNames()
	c.Names.Extensions = "public"
	report, err := adopt.New(c).Run(t.Context(), adopt.Options{Slug: "acme", Shared: []string{"plans"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) != 1 || report.Findings[0].Object != "role "+user(t, guest) {
		t.Errorf("findings: %v", report.Findings)
	}
	e.exec("SET SESSION AUTHORIZATION DEFAULT; SET ROLE " + user(t, app))
	e.in(report.Tenant, func() {
		e.exec("SET search_path = " + c.Names.Path(report.Tenant.Placement.Schema))
		e.exec("INSERT INTO people (email) VALUES ('Ada'); INSERT INTO plans VALUES (1)")
		if got := e.text("SELECT count(*) FROM people WHERE email = 'ADA'"); got != "1" {
			t.Errorf("citext compares with case: %s", got)
		}
	})
}

// ownedBy gives the database to a role and works as that from now on.
func (e *estate) ownedBy(url string) {
	e.t.Helper()
	owner := ident.Quote(user(e.t, url))
	e.exec("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO " + owner + "', current_database()); END $$; GRANT " + owner + " TO CURRENT_USER")
	old := e.url
	e.t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), old)
		if err != nil {
			e.t.Error(err)
			return
		}
		defer func() { _ = conn.Close(context.Background()) }()
		_, err = conn.Exec(context.Background(), "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database()); END $$")
		if err != nil {
			e.t.Error(err)
		}
	})
	e.url = url
	e.exec("SET SESSION AUTHORIZATION " + owner)
}

func user(t *testing.T, url string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return config.User
}
