package doctor

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

func TestNothingIsWrong(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	if found := p.findings(""); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	if _, err := Check(t.Context(), rowhouse.Config{}); !errors.Is(err, rowhouse.ErrNoServer) {
		t.Errorf("error %v", err)
	}
}

func TestNoRegistry(t *testing.T) {
	t.Parallel()
	p := &patient{t: t, config: rowhouse.Config{Servers: map[string]rowhouse.Server{rowhouse.Main: {URL: pgtest.Database(t)}}}}
	p.one("registry", Problem, "schema rowhouse")
}

// Each row breaks a healthy database in one way, which its check alone finds.
func TestFindings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sql      string
		check    string
		severity Severity
		object   string
	}{
		"table in public":    {"CREATE TABLE public.stray (id serial PRIMARY KEY)", "public", Warning, "table public.stray"},
		"view in public":     {"CREATE VIEW public.stray AS SELECT 1", "public", Warning, "view public.stray"},
		"function in public": {"CREATE FUNCTION public.stray() RETURNS int LANGUAGE sql AS 'SELECT 1'", "public", Warning, "function public.stray"},
		"type in public":     {"CREATE TYPE public.stray AS ENUM ('a')", "public", Warning, "type public.stray"},
		"open public":        {"GRANT CREATE ON SCHEMA public TO PUBLIC", "public", Warning, "schema public"},
		"name in both":       {"CREATE TABLE shared.users (id int)", "scopes", Problem, "table users"},
		"no schema":          {"DROP SCHEMA ACME CASCADE", "homes", Problem, "tenant acme"},
		"orphan":             {"CREATE SCHEMA tenant_x_000000000000", "orphans", Warning, "schema tenant_x_000000000000"},
		"failed":             {"UPDATE rowhouse.tenants SET status = 'failed'", "stages", Warning, "tenant acme"},
		"stuck":              {"UPDATE rowhouse.tenants SET status = 'provisioning', updated_at = now() - interval '1 hour'", "stages", Warning, "tenant acme"},
		"never purged":       {"UPDATE rowhouse.tenants SET status = 'deleting', updated_at = now() - interval '40 days'", "stages", Note, "tenant acme"},
		"writes are taken":   {"UPDATE rowhouse.tenants SET status = 'read_only'", "read-only", Problem, "tenant acme"},
		"nobody's marker":    {"CREATE SCHEMA rowhouse_ro_00000000000000000000000000000000", "read-only", Note, "rowhouse_ro_0"},
		"quotes of old":      {"ALTER DATABASE DATABASE SET standard_conforming_strings = off", "settings", Warning, "server main"},
		"another's versions": {"CREATE TABLE ACME.goose_db_version (id int)", "rivals", Note, "table goose_db_version"},
		"stale projection":   {"UPDATE rowhouse.tenants SET version = 0", "ledger", Warning, "tenant acme"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.exec(test.sql)
			p.one(test.check, test.severity, test.object)
		})
	}
}

func TestTwinsThatAreMeant(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.exec("CREATE TABLE shared.users (id int)")
	p.config.Both = []string{"users"}
	if found := p.findings("scopes"); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}

func TestWritesAreRefused(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.exec("CREATE SCHEMA " + ident.Quote(ident.ReadOnlyMarker(p.acme.ID)))
	p.one("read-only", Warning, "tenant acme")
}

func TestPendingMigrations(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	files := p.config.Migrations.Tenant.(fstest.MapFS)
	files["0002_emails.sql"] = file("ALTER TABLE users ADD email text;")
	p.one("migrations", Warning, "the fleet")
	files["0001_users.sql"] = file("CREATE TABLE users (id bigint PRIMARY KEY);")
	p.one("migrations", Problem, "the fleet")
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for host, object := range map[string]string{
		"hooli.app.example": "leads to another",
		"app.example":       "is central",
		"acme.example":      "is looked up by nobody",
	} {
		t.Run(object, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			// Registered before the configuration was what it is now.
			p.exec("INSERT INTO rowhouse.domains (tenant, host, is_primary, live) VALUES (ID, '" + host + "', true, true)")
			p.one("hosts", Warning, "host "+host)
		})
	}
}

func TestNoResolver(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.config.Resolve = nil
	p.one("hosts", Warning, "the configuration")
}

// A registry that lost a table is what doctor is for.
func TestDamagedRegistry(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"ledger", "domains"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.exec("DROP TABLE rowhouse." + table + " CASCADE")
			p.exec("CREATE TABLE public.stray (id int)")
			damaged, stray := false, false
			for _, f := range p.findings("") {
				damaged = damaged || f.Severity == Problem && strings.Contains(f.What, "rowhouse."+table)
				stray = stray || f.Object == "table public.stray"
			}
			if !damaged || !stray {
				t.Errorf("damage %t, the other finding %t, in %+v", damaged, stray, p.findings(""))
			}
		})
	}
}

func TestRowsOfTheQuery(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.exec(`CREATE TABLE shared.accounts (id int, slug text, schema text, host text);
		INSERT INTO shared.accounts VALUES (1, 'a', 'ACME', NULL), (2, 'b', 'shared', NULL)`)
	p.config.RegistryQuery = "SELECT * FROM shared.accounts"
	p.one("registry", Problem, "tenant b")
	p.exec("UPDATE shared.accounts SET schema = 'b_home', host = 'evil..com' WHERE id = 2")
	p.exec("CREATE SCHEMA b_home")
	p.one("registry", Warning, "tenant b")
	if found := p.findings("orphans"); len(found) > 0 {
		t.Errorf("the query's schemas are taken for orphans: %+v", found)
	}
	p.config.RegistryQuery = "SELECT 1 AS id"
	p.one("registry", Problem, "registry.query")
}
