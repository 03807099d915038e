package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/engine/sqlite"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// TestMain migrates a folder where another process of the tests asks for it.
func TestMain(m *testing.M) {
	dir := os.Getenv(migrated)
	if dir == "" {
		goleak.VerifyTestMain(m)
	}
	if err := migrateAll(context.Background(), dir); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// config is a small application: plans are shared, notes are each tenant's.
func config(dir string) rowhouse.Config {
	file := func(sql string) *fstest.MapFile { return &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql + ";\n")} }
	return rowhouse.Config{
		Servers: map[string]rowhouse.Server{rowhouse.Main: {Engine: "sqlite", URL: dir}},
		Engines: []rowhouse.Engine{sqlite.Engine{}},
		Resolve: resolve.Must(resolve.Subdomain("notes.test")),
		Migrations: rowhouse.Migrations{
			Shared: fstest.MapFS{"0001_plans.sql": file("CREATE TABLE plans (name text PRIMARY KEY);\nINSERT INTO plans VALUES ('gold')")},
			Tenant: fstest.MapFS{"0001_notes.sql": file("CREATE TABLE notes (id INTEGER PRIMARY KEY, body text NOT NULL)")},
		},
	}
}

func open(t *testing.T, c rowhouse.Config) *rowhouse.House {
	t.Helper()
	if err := rowhouse.Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	h, err := rowhouse.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func create(t *testing.T, h *rowhouse.House, slug string) *tenant.Tenant {
	t.Helper()
	made, err := h.Lifecycle().Create(t.Context(), lifecycle.New{Slug: slug})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func write(ctx context.Context, h *rowhouse.House, who *tenant.Tenant) error {
	_, err := h.SQL().ExecContext(tenant.NewContext(ctx, who), "INSERT INTO notes (body) SELECT name || $1 FROM plans", who.Slug)
	return err
}

func TestAHouseOnSQLite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := rowhouse.Open(t.Context(), config(dir)); !errors.Is(err, rowhouse.ErrNotInstalled) {
		t.Fatalf("before init: %v", err)
	}
	h := open(t, config(dir))
	thor, potter := create(t, h, "thor"), create(t, h, "potter")
	for _, who := range []*tenant.Tenant{thor, potter, thor} {
		if err := write(t.Context(), h, who); err != nil {
			t.Fatal(err)
		}
	}
	for who, want := range map[*tenant.Tenant]int{thor: 2, potter: 1} {
		var n int
		row := h.SQL().QueryRowContext(tenant.NewContext(t.Context(), who), "SELECT count(*) FROM notes WHERE body = 'gold' || $1", who.Slug)
		if err := row.Scan(&n); err != nil || n != want {
			t.Errorf("%s has %d notes, %v", who.Slug, n, err)
		}
	}
	for want, host := range map[int]string{http.StatusOK: "thor.notes.test", http.StatusNotFound: "loki.notes.test"} {
		answer := httptest.NewRecorder()
		request := httptest.NewRequest("GET", "http://"+host+"/", nil)
		h.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("%s: %d", host, answer.Code)
		}
	}
}

// Two houses stand for two programs: what one does, the other hears of.
func TestProgramsShareAFolder(t *testing.T) {
	c := config(t.TempDir())
	h, other := open(t, c), open(t, c)
	thor := create(t, h, "thor")
	steps := []struct {
		name string
		do   func(context.Context, tenant.ID) (*tenant.Tenant, error)
		want error
	}{
		{"suspend", h.Lifecycle().Suspend, tenant.ErrStatus},
		{"resume", h.Lifecycle().Resume, nil},
		{"reset", h.Lifecycle().Reset, nil},
		{"delete", h.Lifecycle().Delete, tenant.ErrStatus},
		{"purge", h.Lifecycle().Purge, tenant.ErrStatus},
	}
	for _, step := range steps {
		if _, err := step.do(t.Context(), thor.ID); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		var err error
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if err = write(t.Context(), other, thor); errors.Is(err, step.want) {
				break
			}
		}
		if !errors.Is(err, step.want) {
			t.Errorf("%s: the other program: %v, want %v", step.name, err, step.want)
		}
	}
}

func TestMigrationsAndWhatIsNotThere(t *testing.T) {
	c := config(t.TempDir())
	create(t, open(t, c), "thor")
	c.Migrations.Tenant.(fstest.MapFS)["0002_done.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE notes ADD COLUMN done boolean;\n")}
	h := open(t, c)
	if _, err := h.Lifecycle().Create(t.Context(), lifecycle.New{Slug: "loki"}); !errors.Is(err, migrate.ErrPending) {
		t.Errorf("created while pending: %v", err)
	}
	if _, err := h.Migrate().Up(t.Context(), migrate.Options{}); err != nil {
		t.Fatal(err)
	}
	create(t, h, "loki")
	_, db := h.DB()
	_, drift := h.Drift()
	across := h.Across(t.Context(), nil, nil)
	_, plan := h.Migrate().Runs(t.Context(), 1)
	for what, err := range map[string]error{"the pgx door": db, "drift": drift, "across": across, "runs": plan} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTheFileNamesTheEngine(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "rowhouse.yaml")
	text := "servers: {main: {engine: sqlite, url: ./data}}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := rowhouse.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rowhouse.Open(t.Context(), c); err == nil {
		t.Error("an engine that the program does not link was opened")
	}
	c.Engines = []rowhouse.Engine{sqlite.Engine{}}
	create(t, open(t, c), "thor")
	if files, _ := filepath.Glob(filepath.Join(dir, "data", "tenants", "*.db")); len(files) != 1 {
		t.Errorf("files: %v", files)
	}
	c.Servers["second"] = rowhouse.Server{URL: "postgres://localhost/x"}
	if _, err := rowhouse.Open(t.Context(), c); err == nil {
		t.Error("two engines in one installation")
	}
}
