package adopt_test

import (
	_ "embed"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/adopt"
	"github.com/rowhouse-go/rowhouse/isolation"
)

//go:embed testdata/street.sql
var street string

// questions are asked before and after, and must be answered alike.
const questions = `SELECT (SELECT string_agg(code, ' ' ORDER BY code) FROM articles),
 (SELECT count(*) FROM people WHERE email = 'ADA@example.COM'), (SELECT count(*) FROM people WHERE name % 'ada l'),
 (SELECT string_agg(tidied, ',' ORDER BY id) FROM people), (SELECT sum::text FROM spending), (SELECT count(*) FROM cheap),
 (SELECT n FROM busy), person('bob@EXAMPLE.com'), head_count(), atomic(), (SELECT count(*) FROM invoices_2025_rest),
 (SELECT a.home === b.home FROM people a, people b WHERE a.id < b.id), (SELECT upper(naps) FROM people WHERE id = 1),
 (SELECT count(*) FROM load()), (SELECT spans(span(1, 2))::text), (SELECT "select" FROM "Order"), to_tsvector('search', 'The Public')::text`

func TestEveryKindOfObject(t *testing.T) {
	t.Parallel()
	e := newEstate(t, street)
	before := e.counts("public", "stage")
	e.exec("SET search_path = public, stage")
	answer := e.rows(questions)
	number := e.text("SELECT definer()")

	report := e.must(adopt.Options{Slug: "acme", From: []string{"public", "stage"}, Shared: []string{"articles"}})
	acme := report.Tenant
	if after := e.counts("shared", acme.Placement.Schema); !maps.Equal(before, after) {
		t.Errorf("rows before: %v, after: %v", before, after)
	}
	for _, schema := range []string{"public", "stage"} {
		if left := e.left(schema); left != "" {
			t.Errorf("left in %s: %s", schema, left)
		}
	}
	e.in(acme, func() {
		if got := e.rows(questions); got != answer {
			t.Errorf("it answered\n%s\nand now\n%s", answer, got)
		}
		if got := e.text("SELECT definer()"); got == number {
			t.Errorf("the sequence gave %s again", got)
		}
		e.exec("UPDATE articles SET price = 2 WHERE id = 7; INSERT INTO people (name) VALUES ('Cy'); CALL tidy_up(1)")
		e.exec("INSERT INTO invoices (person, article, sum, day) VALUES (3, 7, 1, '2025-05-05')")
	})
	e.exec("SET search_path = ''") // whoever calls it, it finds its own tables
	e.exec("SELECT " + acme.Placement.Schema + ".definer()")
	second := e.create("second")
	e.equal(acme, second)
	e.in(second, func() {
		e.exec("INSERT INTO people (name) VALUES ('Di'); INSERT INTO invoices (person, article, sum, day) VALUES (1, 7, 1, '2025-05-05')")
		if got := e.text("SELECT head_count() || ' ' || definer() || ' ' || (SELECT count(*) FROM people)"); !strings.HasPrefix(got, "1 10") {
			t.Errorf("the second tenant says %s", got)
		}
	})
	e.in(acme, func() {
		if got := e.text("SELECT count(*) FROM people"); got != "3" {
			t.Errorf("the second tenant's person is the first's: %s", got)
		}
	})
}

func TestTheBaselineNamesNoTenant(t *testing.T) {
	t.Parallel()
	e := newEstate(t, street)
	report := e.must(adopt.Options{Slug: "acme", From: []string{"public", "stage"}, Shared: []string{"articles"}})
	for scope, want := range map[string]string{
		"shared": `CREATE EXTENSION IF NOT EXISTS "citext" WITH SCHEMA "extensions"`,
		"tenant": "SET search_path TO __tenant__, \"shared\", \"extensions\", \"pg_temp\"",
	} {
		text, err := os.ReadFile(filepath.Join(e.folder(scope), "0001_baseline.sql"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), report.Tenant.Placement.Schema) {
			t.Errorf("%s names %s", scope, report.Tenant.Placement.Schema)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q:\n%s", scope, want, text)
		}
	}
}

// With the extensions' schema configured to be public, their members stay there.
func TestExtensionsInPublic(t *testing.T) {
	t.Parallel()
	e := newEstate(t, `CREATE EXTENSION citext; CREATE TABLE people (email citext PRIMARY KEY); INSERT INTO people VALUES ('Ada')`)
	c := e.config()
	c.Names = isolation.DefaultNames()
	c.Names.Extensions = "public"
	report, err := adopt.New(c).Run(t.Context(), adopt.Options{Slug: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	if left := e.left("public"); left != "" {
		t.Errorf("left in public: %s", left)
	}
	e.exec("SET search_path = " + c.Names.Path(report.Tenant.Placement.Schema))
	if got := e.text("SELECT count(*) FROM people WHERE email = 'aDA'"); got != "1" {
		t.Errorf("citext compares with case: %s", got)
	}
}
