package adopt_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/adopt"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const people = "CREATE TABLE people (id int PRIMARY KEY, name text);"

// Each of these would mean something else after the move, or be lost to the next
// tenant. It is refused by its name, and nothing is changed.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		object string // that is named
		why    string
	}{
		"a foreign key from a shared table": {"CREATE TABLE plans (owner int CONSTRAINT owned REFERENCES people);", "table public.plans", "foreign key owned to table public.people"},
		"a shared view of a tenant table":   {"CREATE VIEW plans AS SELECT name FROM people;", "view public.plans", "table public.people"},
		"a shared heir":                     {"CREATE TABLE plans (i int) INHERITS (people);", "table public.plans", "table public.people"},
		"a large object":                    {"CREATE TABLE plans (); SELECT lo_from_bytea(0, 'x');", "large object", "bytea"},
		"one name in two schemas":           {"CREATE TABLE plans (); CREATE TABLE stage.people ();", "table stage.people", "one name"},
		"one name in both scopes":           {"CREATE TABLE plans (); CREATE SCHEMA shared; CREATE TABLE shared.people ();", "table public.people", "one name"},
		"a type with a shared table's name": {"CREATE TABLE plans (); CREATE TYPE stage.plans AS ENUM ();", "type stage.plans", "one name"},
		"dynamic SQL":                       {"CREATE TABLE plans (); CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DELETE FROM public.people'; END $$;", "routine public.f()", "DELETE FROM public.people"},
		"dynamic SQL in dollars":            {"CREATE TABLE plans (); CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format($q$DELETE FROM public.%I$q$, 'people'); END $$;", "routine public.f()", "public.%I"},
		"a path set by a body":              {"CREATE TABLE plans (); CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET LOCAL search_path = public; END $$;", "routine public.f()", "search_path"},
		"a name that leads nowhere":         {"CREATE TABLE plans (); CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM public.gone; END $$;", "routine public.f()", "public.gone"},
		"a literal in a view":               {"CREATE TABLE plans (); CREATE VIEW v AS SELECT to_regclass('public.people') AS r;", "view public.v", "public.people"},
		"a literal in a check":              {"CREATE TABLE plans (i int CONSTRAINT there CHECK (to_regclass('public.people') IS NOT NULL));", "constraint there", "public.people"},
		"a literal in a policy":             {"CREATE TABLE plans (); CREATE POLICY p ON plans USING (nextval('public.s'::text) > 0);", "policy p", "public.s"},
		"a literal in a trigger":            {"CREATE TABLE plans (); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION f('public.people');", "trigger g", "public.people"},
		"a literal in a default":            {"CREATE TABLE plans (i text DEFAULT 'see public.people');", "column public.plans.i", "public.people"},
		"an event trigger":                  {"CREATE TABLE plans (); CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER g ON ddl_command_end EXECUTE FUNCTION f();", "event trigger g", "whole database"},
		"a publication of the schema":       {"CREATE TABLE plans (); CREATE PUBLICATION p FOR TABLES IN SCHEMA public;", "publication p", "by name"},
		"a cast":                            {"CREATE TABLE plans (); CREATE TYPE e AS ENUM ('a'); CREATE CAST (e AS int) WITH INOUT;", "cast from public.e to integer", "no schema"},
		"an extension that cannot move":     {"CREATE TABLE plans (); CREATE EXTENSION tablefunc; UPDATE pg_extension SET extrelocatable = false WHERE extname = 'tablefunc';", "extension tablefunc", "schemas: {extensions: public}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEstate(t, "SET client_min_messages = error; CREATE SCHEMA stage;"+people+c.script)
			before := e.left("public") + e.left("stage")
			_, err := e.adopt(adopt.Options{Slug: "acme", From: []string{"public", "stage"}, Shared: []string{"plans"}})
			refused, ok := errors.AsType[*adopt.RefusedError](err)
			if !ok {
				t.Fatalf("not refused: %v", err)
			}
			named := func(f adopt.Finding) bool {
				return strings.Contains(f.Object, c.object) && strings.Contains(f.Why, c.why)
			}
			if !slices.ContainsFunc(refused.Findings, named) || len(refused.Findings) != 1 {
				t.Errorf("got %v", err)
			}
			e.unchanged(before)
		})
	}
}

// unchanged holds that a run left nothing behind.
func (e *estate) unchanged(before string) {
	e.t.Helper()
	if after := e.left("public") + e.left("stage"); after != before {
		e.t.Errorf("there was\n%s\nand now\n%s", before, after)
	}
	if _, err := os.Stat(e.folder("tenant")); err == nil && len(e.source("tenant")) > 0 {
		e.t.Error("the baseline is there")
	}
	if got := e.text("SELECT to_regclass('rowhouse.tenants') IS NULL AND to_regnamespace('extensions') IS NULL"); got != "true" {
		e.t.Error("something was made")
	}
	if got := e.text("SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, 'tenant_')"); got != "0" {
		e.t.Error("a schema was made")
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	e := newEstate(t, "CREATE TABLE people (id serial); CREATE TABLE bills (day date) PARTITION BY RANGE (day); CREATE TABLE bills_1 PARTITION OF bills DEFAULT;")
	for name, o := range map[string]adopt.Options{
		"no slug":              {},
		"a bad slug":           {Slug: "Acme"},
		"a bad host":           {Slug: "acme", Domains: []string{"co.uk"}},
		"no such schema":       {Slug: "acme", From: []string{"nowhere"}},
		"the catalog":          {Slug: "acme", From: []string{"pg_catalog"}},
		"no such table":        {Slug: "acme", Shared: []string{"nothing"}},
		"a partition":          {Slug: "acme", Shared: []string{"bills_1"}},
		"an owned sequence":    {Slug: "acme", Shared: []string{"people_id_seq"}},
		"a table of elsewhere": {Slug: "acme", Shared: []string{"stage.people"}},
	} {
		if _, err := e.adopt(o); !is[*tenant.InvalidError](err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// A role that may make no database cannot try the plan, and says so.
func TestNeedsScratchDatabases(t *testing.T) {
	t.Parallel()
	e := newEstate(t, people)
	c := e.config()
	c.URL = pgtest.Role(t, e.url, "NOSUPERUSER NOCREATEDB")
	_, err := adopt.New(c).Run(t.Context(), adopt.Options{Slug: "acme"})
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
		t.Errorf("got %v", err)
	}
}
