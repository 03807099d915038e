package adopt_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rowhouse-go/rowhouse/adopt"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// write puts a migration into a folder.
func (e *estate) write(scope, name, text string) {
	e.t.Helper()
	path := filepath.Join(e.folder(scope), name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("-- +goose Up\n"+text), 0o600)); err != nil {
		e.t.Fatal(err)
	}
}

// Migrations that are there already are believed where they make what is there.
func TestStamp(t *testing.T) {
	t.Parallel()
	e := newEstate(t, people+"CREATE TABLE plans (id int PRIMARY KEY)")
	e.write("shared", "0001_plans.sql", "CREATE TABLE plans (id int PRIMARY KEY);")
	e.write("tenant", "0001_people.sql", "CREATE TABLE people (id int PRIMARY KEY);")
	e.write("tenant", "0002_name.sql", "ALTER TABLE people ADD name text;")
	e.write("tenant", "0003_later.sql", "CREATE TABLE later (i int);")
	o := adopt.Options{Slug: "acme", Shared: []string{"plans"}}
	if _, err := e.adopt(o); !errors.Is(err, adopt.ErrFolder) {
		t.Errorf("without --stamp: %v", err)
	}
	o.Stamp = 1
	if _, err := e.adopt(o); !is[*adopt.UnequalError](err) {
		t.Errorf("an older version: %v", err)
	}
	o.Stamp = 7
	if _, err := e.adopt(o); !is[*migrate.UnknownError](err) {
		t.Errorf("an unknown version: %v", err)
	}
	o.Stamp = 2
	report := e.must(o)
	if report.Tenant.Version != 2 || len(report.Files) != 0 {
		t.Errorf("version %d, files %v", report.Tenant.Version, report.Files)
	}
	if got := e.rows("SELECT target = 'shared', version FROM rowhouse.ledger ORDER BY 1, 2"); got != "false 1\nfalse 2\ntrue 1\n" {
		t.Errorf("the ledger has\n%s", got)
	}
}

// The first tenant of all is adopted into a registry that has others.
func TestBesideOthers(t *testing.T) {
	t.Parallel()
	e := newEstate(t, people)
	e.must(adopt.Options{Slug: "acme"})
	second := e.create("second")
	e.exec("CREATE SCHEMA old; CREATE TABLE old.people (id int PRIMARY KEY, name text)")
	if _, err := e.adopt(adopt.Options{Slug: "second", From: []string{"old"}, Stamp: 1}); !errors.Is(err, tenant.ErrExists) {
		t.Errorf("a slug that is taken: %v", err)
	}
	third := e.must(adopt.Options{Slug: "third", From: []string{"old"}, Stamp: 1})
	e.equal(third.Tenant, second)
	if again := e.must(adopt.Options{Slug: "third", From: []string{"old"}, Stamp: 1}); !again.Already || again.Tenant.ID != third.Tenant.ID {
		t.Errorf("again: %+v", again)
	}
}

// A baseline that a killed run has left is written again; one that was applied is not.
func TestALeftBaseline(t *testing.T) {
	t.Parallel()
	e := newEstate(t, people)
	path := filepath.Join(e.folder("tenant"), "0001_baseline.sql")
	for _, c := range []struct {
		text string
		want error
	}{
		{"-- +goose Up\nSELECT 1;\n", adopt.ErrFolder},
		{"-- Written by rowhouse adopt from the adopted database.\n-- +goose Up\nSELECT 1;\n", nil},
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(c.text), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := e.adopt(adopt.Options{Slug: "acme", DryRun: true}); !errors.Is(err, c.want) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
	report := e.must(adopt.Options{Slug: "acme"})
	e.equal(report.Tenant, e.create("second"))
	e.exec("CREATE TABLE another (i int)")
	if _, err := e.adopt(adopt.Options{Slug: "third"}); !errors.Is(err, adopt.ErrFolder) {
		t.Errorf("a baseline that is in use: %v", err)
	}
}
