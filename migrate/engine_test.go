package migrate_test

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/registry/sqlitestore"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// directory is a fleet in SQLite files.
type directory struct {
	*testing.T
	homes *sqlite.Homes
	store *sqlitestore.Store
}

func newDirectory(t *testing.T) *directory {
	t.Helper()
	dir := t.TempDir()
	if err := sqlite.Init(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	homes, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(homes.Close)
	store, err := sqlitestore.Open(filepath.Join(dir, "registry.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &directory{t, homes, store}
}

func (d *directory) runner(shared, own map[string]string) *migrate.Runner {
	d.Helper()
	load := func(files map[string]string, scope migrate.Scope) migrate.Source {
		fsys := fstest.MapFS{}
		for name, text := range files {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		source, err := migrate.Load(fsys, ".", scope)
		if err != nil {
			d.Fatal(err)
		}
		return source
	}
	r, err := migrate.New(migrate.Config{
		Shared: load(shared, migrate.Shared), Tenant: load(own, migrate.Tenant), Main: "main", Engine: d.homes,
		Tenants: d.store, Projection: d.store, Levels: isolation.LevelsOf(sqlite.Level{}),
	})
	if err != nil {
		d.Fatal(err)
	}
	return r
}

// bear makes an active tenant at the runner's head.
func (d *directory) bear(r *migrate.Runner, slug string) *tenant.Tenant {
	d.Helper()
	id := tenant.NewID()
	t := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: sqlite.Level{}.Place(id, slug, "main")}
	version, err := r.Apply(d.Context(), nil, t)
	if err != nil || version != r.Head() {
		d.Fatalf("made at %d, %v", version, err)
	}
	t.Version = version
	if err := d.store.Create(d.Context(), t, registry.Event{Actor: "tester", Action: "create"}); err != nil {
		d.Fatal(err)
	}
	return t
}

// change runs statements of nobody's in a tenant's file.
func (d *directory) change(t *tenant.Tenant, sql ...string) error {
	entries, err := d.homes.Entries(d.Context(), t)
	if err != nil {
		return err
	}
	next := isolation.Step{Version: 1000, SQL: sql}
	return errors.Join(
		d.homes.Change(d.Context(), t, isolation.Change{Applied: len(entries), Steps: []isolation.Step{next}}),
		d.homes.Change(d.Context(), t, isolation.Change{Applied: len(entries) + 1, Steps: []isolation.Step{{Version: 1000, Back: true}}}),
	)
}

const notesForBoth = `-- +goose Up
-- +rowhouse engine postgres
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now());
-- +rowhouse engine sqlite
CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, at timestamp DEFAULT CURRENT_TIMESTAMP);
-- +rowhouse engine any
CREATE INDEX notes_at ON notes (at);
-- +goose Down
DROP TABLE notes;
`

func TestAFleetOfFilesIsMigrated(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	shared := map[string]string{"1_plans.sql": "-- +goose Up\nCREATE TABLE plans (name text);\nINSERT INTO plans VALUES ('gold');\n"}
	own := map[string]string{"1_notes.sql": notesForBoth}
	r := d.runner(shared, own)
	if _, err := r.Hold(t.Context()); !errors.Is(err, migrate.ErrPending) {
		t.Errorf("before the shared scope: %v", err)
	}
	if _, err := r.Up(t.Context(), migrate.Options{}); err != nil {
		t.Fatal(err)
	}
	thor, potter := d.bear(r, "thor"), d.bear(r, "potter")

	own["2_body.sql"] = "-- +goose Up\nALTER TABLE notes ADD COLUMN body text;\n-- +goose Down\nALTER TABLE notes DROP COLUMN body;\n"
	later := d.runner(shared, own)
	if _, err := later.Hold(t.Context()); !errors.Is(err, migrate.ErrPending) {
		t.Errorf("before the rollout: %v", err)
	}
	report, err := later.Up(t.Context(), migrate.Options{})
	if err != nil || len(report.Changed()) != 2 {
		t.Fatalf("%d changed, %v", len(report.Changed()), err)
	}
	for _, who := range []*tenant.Tenant{thor, potter} {
		if err := d.change(who, "INSERT INTO notes (body) SELECT name FROM plans"); err != nil {
			t.Errorf("%s: %v", who.Slug, err)
		}
		if found, err := d.store.Lookup(t.Context(), tenant.ByID(who.ID)); err != nil || found.Version != 2 {
			t.Errorf("%s: the registry says %d, %v", who.Slug, found.Version, err)
		}
	}
	status, err := later.Status(t.Context(), registry.Filter{})
	if err != nil || !status.Clean() || len(status.Tenants) != 2 || len(status.Shared) != 1 {
		t.Errorf("status %+v, %v", status, err)
	}
	release, err := later.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	release()
	var older *migrate.OlderError
	if _, err := r.Hold(t.Context()); !errors.As(err, &older) {
		t.Errorf("a program of the release before: %v", err)
	}
	if _, err := later.Down(t.Context(), migrate.DownOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := d.change(thor, "INSERT INTO notes (body) VALUES ('x')"); err == nil {
		t.Error("the column is still there")
	}
}

func TestAFileThatFailsIsAsItWas(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	own := map[string]string{"1_notes.sql": notesForBoth}
	r := d.runner(nil, own)
	thor, potter := d.bear(r, "thor"), d.bear(r, "potter")
	if err := d.change(thor, "CREATE TABLE taken (x)"); err != nil {
		t.Fatal(err)
	}
	own["2_more.sql"] = "-- +goose Up\nCREATE TABLE first (x);\n\nCREATE TABLE taken (x);\n"
	next := d.runner(nil, own)
	for range 2 { // nothing of it is left, so a rerun fails at the same place
		_, err := next.Up(t.Context(), migrate.Options{})
		var partial *migrate.PartialError
		if !errors.As(err, &partial) || len(partial.Failed) != 1 || !strings.Contains(err.Error(), "thor: 2_more.sql:4: ") {
			t.Fatalf("got %v", err)
		}
	}
	if err := d.change(thor, "DROP TABLE taken"); err != nil {
		t.Fatal(err)
	}
	if _, err := next.Up(t.Context(), migrate.Options{}); err != nil {
		t.Fatal(err)
	}
	own["1_notes.sql"] += "-- changed\n"
	var changed *migrate.ChangedError
	if _, err := d.runner(nil, own).Up(t.Context(), migrate.Options{}); !errors.As(err, &changed) || changed.Targets != 2 {
		t.Errorf("a changed file: %v", err)
	}
	// A tenant that was fenced meanwhile is not migrated behind the registry's back.
	if _, err := d.homes.Fence(t.Context(), potter.ID, potter.Placement, false); err != nil {
		t.Fatal(err)
	}
	if err := d.change(potter, "CREATE TABLE late (x)"); !errors.Is(err, tenant.ErrMoved) {
		t.Errorf("a fenced tenant: %v", err)
	}
}

func TestWhatNeedsPostgreSQLSaysSo(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	r := d.runner(nil, map[string]string{"1_notes.sql": notesForBoth})
	d.bear(r, "thor")
	_, runs := r.Runs(t.Context(), 1)
	_, stamp := r.ApplyTx(t.Context(), nil, &tenant.Tenant{})
	script := r.WriteSQL(t.Context(), io.Discard, migrate.SQLOptions{})
	for what, err := range map[string]error{"runs": runs, "in a transaction": stamp, "a script for psql": script} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
