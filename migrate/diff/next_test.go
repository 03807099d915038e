package diff_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/diff"
)

// text returns what is in a file.
func (w *world) text(f diff.File) string {
	w.Helper()
	text, err := os.ReadFile(f.Path)
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

// made writes the models of the tenants, then the files that lead there, and runs them.
func (w *world) made(name, models string) []diff.File {
	w.Helper()
	w.models(migrate.Tenant, models)
	r := w.next(migrate.Tenant, name)
	if len(r.Gaps) > 0 {
		w.Errorf("%s: not done: %v", name, r.Gaps)
	}
	w.up()
	return r.Files
}

const people = `
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, mood mood, plan int REFERENCES plans);
CREATE INDEX people_good ON people (name) WHERE mood = 'good';
`

func TestTheFileReadsAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := w.made("people", people)
	const want = `-- +goose Up
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE people (
	id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
	name text NOT NULL,
	mood mood,
	plan integer
);
CREATE INDEX people_good ON people (name) WHERE (mood = 'good'::mood);
ALTER TABLE people ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE people ADD CONSTRAINT people_plan_fkey FOREIGN KEY (plan) REFERENCES shared.plans(id);

-- +goose Down
ALTER TABLE people DROP CONSTRAINT people_plan_fkey;
-- hazard: DELETES_DATA: Deletes all rows in the table (and the table itself)
DROP TABLE people;
DROP TYPE mood;
`
	got := w.text(files[0])
	if lines(got) != lines(want) {
		t.Errorf("the file is\n%s", got)
	}
}

// lines sorts the lines: the planner's order among equals is its own.
func lines(text string) string {
	all := strings.Split(text, "\n")
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func TestWhatDidNotChangeIsNotTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made("people", people)
	files := w.made("longer", strings.Replace(people, "name text NOT NULL", "name varchar(90) NOT NULL, born date", 1))
	if text := w.text(files[0]); strings.Contains(text, "plan") || strings.Contains(text, "FOREIGN") {
		t.Errorf("the foreign key is in\n%s", text)
	}
}

func TestANewEnumValueIsAFileOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made("people", people)
	begin := w.fingerprints()
	files := w.made("so so", strings.NewReplacer("'good',", "'good', 'so so',", "mood mood", "mood mood DEFAULT 'so so'").Replace(people))
	if len(files) != 2 {
		t.Fatalf("%d files", len(files))
	}
	if got := files[0].Up; len(got) != 1 || got[0].SQL != "ALTER TYPE mood ADD VALUE 'so so' AFTER 'good'" {
		t.Errorf("the first file does %v", got)
	}
	if name := filepath.Base(files[0].Path); name != "0002_so_so_values.sql" {
		t.Errorf("the first file is %s", name)
	}
	w.downTo(1)
	w.same(begin)
}

func TestConcurrently(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made("people", people)
	begin := w.fingerprints()
	w.models(migrate.Tenant, people+`
		ALTER TABLE people ADD COLUMN email text, ADD CONSTRAINT people_email UNIQUE (email);
		CREATE INDEX people_name ON people (lower(name));
		CREATE TABLE pets (id int PRIMARY KEY); CREATE INDEX pets_id ON pets (id);`)
	c := w.config(migrate.Tenant)
	c.Concurrently = true
	r, err := diff.Next(t.Context(), c, "email")
	if err != nil || len(r.Files) != 2 || len(r.Gaps) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if first := w.text(r.Files[0]); r.Files[0].NoTx || strings.Contains(first, "people_email") || !strings.Contains(first, "pets_id") {
		t.Errorf("the first file is\n%s", first)
	}
	second := w.text(r.Files[1])
	for _, want := range []string{
		"-- +goose NO TRANSACTION\n",
		"DROP INDEX CONCURRENTLY IF EXISTS people_name;\nCREATE INDEX CONCURRENTLY people_name ON people (lower(name));",
		"CREATE UNIQUE INDEX CONCURRENTLY people_email ON people (email);\nALTER TABLE people ADD CONSTRAINT people_email UNIQUE USING INDEX people_email;",
	} {
		if !strings.Contains(second, want) {
			t.Errorf("%q is not in\n%s", want, second)
		}
	}
	w.up()
	w.alike()
	if again := w.next(migrate.Tenant, "again"); !again.Nothing() {
		t.Errorf("again: %+v", again)
	}
	w.downTo(1)
	w.same(begin)
}

func TestTheSharedScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := w.fingerprints()
	w.models(migrate.Shared, `
		CREATE EXTENSION pg_trgm SCHEMA extensions;
		CREATE TABLE plans (id int PRIMARY KEY, name text NOT NULL UNIQUE, price numeric CHECK (price > 0));
		CREATE INDEX plans_like ON plans USING gin (name gin_trgm_ops);
		CREATE FUNCTION cheap() RETURNS SETOF plans LANGUAGE sql STABLE SET search_path FROM CURRENT AS 'SELECT * FROM plans WHERE price < 10';
		GRANT SELECT ON plans TO PUBLIC;
		REVOKE EXECUTE ON FUNCTION cheap() FROM PUBLIC;`)
	r := w.next(migrate.Shared, "prices")
	if len(r.Files) != 1 || len(r.Gaps) > 0 {
		t.Fatalf("%+v", r)
	}
	text := w.text(r.Files[0])
	for _, want := range []string{"CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions", "DROP EXTENSION citext", "GRANT SELECT ON plans TO PUBLIC", "SET search_path FROM CURRENT"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	w.up()
	if r := w.next(migrate.Shared, "again"); !r.Nothing() {
		t.Errorf("again: %v, %v", r.Files, r.Gaps)
	}
	if _, err := w.runner().Down(t.Context(), migrate.DownOptions{Shared: true, Steps: 1}); err != nil {
		t.Fatal(err)
	}
	w.same(begin)
}

func TestDesiredIsAFunction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config(migrate.Tenant)
	c.Desired = func(ctx context.Context, db *sql.DB) error {
		_, err := db.ExecContext(ctx, "CREATE TABLE made_in_go (id bigserial PRIMARY KEY, plan int REFERENCES plans)")
		return err
	}
	r, err := diff.Next(t.Context(), c, "made in go")
	if err != nil || len(r.Files) != 1 || len(r.Gaps) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	w.up()
	w.alike()
	if r, err := diff.Next(t.Context(), w.configWith(c.Desired), "again"); err != nil || !r.Nothing() {
		t.Errorf("again: %+v, %v", r, err)
	}
}

func TestNothingIsLeftBehindAndNoTenantIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := w.made("people", people+"CREATE FUNCTION lower(int) RETURNS int LANGUAGE sql AS 'SELECT 1';")
	text := w.text(files[0])
	for _, one := range w.tenants {
		if strings.Contains(text, one.Slug) {
			t.Errorf("%s is in\n%s", one.Slug, text)
		}
	}
	if !strings.Contains(text, "__tenant__.lower(") || strings.Count(text, "__tenant__") != 2 {
		t.Errorf("the placeholder belongs to the name that PostgreSQL has as well, in\n%s", text)
	}
	w.models(migrate.Tenant, "CREATE TABLE broken (id nosuchtype)")
	if _, err := diff.Next(t.Context(), w.config(migrate.Tenant), "broken"); err == nil || !strings.Contains(err.Error(), "tenant.sql:1") {
		t.Errorf("%v", err)
	}
	c := w.config(migrate.Tenant)
	c.Desired = nil
	if _, err := diff.Next(t.Context(), c, "none"); !errors.Is(err, diff.ErrNoModels) {
		t.Errorf("%v", err)
	}
}

func TestWhatCannotBeWrittenIsSaid(t *testing.T) {
	t.Parallel()
	for what, model := range map[string]string{
		"aggregate total(integer)": "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int);",
		"function spelt()":         "CREATE FUNCTION spelt() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM __tenant__.people';",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.models(migrate.Tenant, people+model)
			r := w.next(migrate.Tenant, "odd")
			if len(r.Files) != 1 || len(r.Gaps) != 1 {
				t.Fatalf("%+v", r)
			}
			if text := w.text(r.Files[0]); !strings.Contains(text, "-- NOT DONE, write it by hand: "+what+": missing") {
				t.Errorf("not in the file:\n%s", text)
			}
			w.up()
			if r := w.next(migrate.Tenant, "odd"); len(r.Files) != 0 || len(r.Gaps) != 1 || r.Nothing() {
				t.Errorf("again: %+v", r)
			}
		})
	}
}

func TestANewNameIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made("people", people)
	w.models(migrate.Tenant, strings.ReplaceAll(people, "name", "full_name"))
	text := w.text(w.next(migrate.Tenant, "renamed").Files[0])
	const want = "-- Is people.full_name the new name of name? Then write ALTER TABLE people RENAME COLUMN name TO full_name"
	if !strings.Contains(text, want) || !strings.Contains(text, "-- hazard: DELETES_DATA") {
		t.Errorf("the file does not ask:\n%s", text)
	}
}

func TestCreatingDatabasesIsAllThatTheRoleNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.models(migrate.Tenant, people)
	c := w.config(migrate.Tenant)
	c.Conns = &world{url: pgtest.Role(t, w.url, "CREATEDB")}
	if r, err := diff.Next(t.Context(), c, "people"); err != nil || len(r.Files) != 1 || len(r.Gaps) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// The planner gives a whole change up where a check of an old table calls a function.
func TestWhatThePlannerGivesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made("people", people)
	begin := w.fingerprints()
	files := w.made("checked", people+`
		CREATE FUNCTION decent(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <> '' $$;
		ALTER TABLE people ADD CONSTRAINT decent CHECK (decent(name));
		CREATE TABLE pets (id serial PRIMARY KEY, owner int NOT NULL REFERENCES people, name text COLLATE "C" DEFAULT 'Rex');
		CREATE TABLE walks (at date NOT NULL, pet int) PARTITION BY RANGE (at);
		CREATE TABLE walks_2026 PARTITION OF walks FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
		CREATE VIEW owners AS SELECT people.name, count(*) FROM people JOIN pets ON owner = people.id GROUP BY 1;`)
	if len(files) != 1 {
		t.Fatalf("%v", files)
	}
	w.alike()
	if r := w.next(migrate.Tenant, "again"); !r.Nothing() {
		t.Errorf("again: %+v", r)
	}
	w.downTo(1)
	w.same(begin)
}
