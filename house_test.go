package rowhouse_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func migration(sql string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql + ";\n")}
}

// config is a small application: plans are shared, notes are each tenant's.
func config(t *testing.T) rowhouse.Config {
	t.Helper()
	return rowhouse.Config{
		Servers: map[string]rowhouse.Server{rowhouse.Main: {URL: pgtest.Database(t), MaxConns: 8}},
		Migrations: rowhouse.Migrations{
			Shared: fstest.MapFS{"0001_plans.sql": migration("CREATE TABLE plans (name text PRIMARY KEY)")},
			Tenant: fstest.MapFS{"0001_notes.sql": migration("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL, plan text REFERENCES plans)")},
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
	t.Cleanup(func() { _ = h.Close() })
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

func in(t *testing.T, who *tenant.Tenant) context.Context {
	return tenant.NewContext(t.Context(), who)
}

func write(t *testing.T, h *rowhouse.House, who *tenant.Tenant, body string) {
	t.Helper()
	if _, err := h.SQL().ExecContext(in(t, who), "INSERT INTO notes (body) VALUES ($1)", body); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, h *rowhouse.House, who *tenant.Tenant) (body string, err error) {
	t.Helper()
	err = h.SQL().QueryRowContext(in(t, who), "SELECT body FROM notes WHERE id = 1").Scan(&body)
	return body, err
}

func TestEachTenantSeesItsOwn(t *testing.T) {
	h := open(t, config(t))
	thor, potter := create(t, h, "thor"), create(t, h, "potter")
	write(t, h, thor, "hammer")
	write(t, h, potter, "wand")
	for who, want := range map[*tenant.Tenant]string{thor: "hammer", potter: "wand"} {
		if got, err := read(t, h, who); err != nil || got != want {
			t.Errorf("%s reads %q, %v; want %q", who.Slug, got, err, want)
		}
	}
	if _, err := h.SQL().Exec("SELECT 1"); !errors.Is(err, tenant.ErrMissing) {
		t.Errorf("without a tenant: %v", err)
	}
}

func TestLifeOfATenant(t *testing.T) {
	h := open(t, config(t))
	m, ctx := h.Lifecycle(), t.Context()
	thor := create(t, h, "thor")
	write(t, h, thor, "hammer")
	steps := []struct {
		name string
		do   func() (*tenant.Tenant, error)
		want tenant.Status
		read error
	}{
		{"rename", func() (*tenant.Tenant, error) { return m.Rename(ctx, thor.ID, "odinson") }, tenant.Active, nil},
		{"read-only", func() (*tenant.Tenant, error) { return m.ReadOnly(ctx, thor.ID) }, tenant.ReadOnly, nil},
		{"suspend", func() (*tenant.Tenant, error) { return m.Suspend(ctx, thor.ID) }, tenant.Suspended, tenant.ErrStatus},
		{"resume", func() (*tenant.Tenant, error) { return m.Resume(ctx, thor.ID) }, tenant.Active, nil},
		{"delete", func() (*tenant.Tenant, error) { return m.Delete(ctx, thor.ID) }, tenant.Deleting, tenant.ErrStatus},
		{"delete again", func() (*tenant.Tenant, error) { return m.Delete(ctx, thor.ID) }, tenant.Deleting, tenant.ErrStatus},
		{"restore", func() (*tenant.Tenant, error) { return m.Restore(ctx, thor.ID, "") }, tenant.Active, nil},
	}
	for _, step := range steps {
		got, err := step.do()
		if err != nil || got.Status != step.want {
			t.Fatalf("%s: %v, %v", step.name, got, err)
		}
		if err := eventually(func() error { _, err := read(t, h, thor); return err }, step.read); err != nil {
			t.Fatalf("%s: read: %v, want %v", step.name, err, step.read)
		}
	}
	if _, err := m.Delete(ctx, thor.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Purge(ctx, thor.ID); err != nil || got.Status != tenant.Deleted {
		t.Fatal(got, err)
	}
	var left int
	if err := h.Shared().QueryRow(ctx, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'tenant\\_%'").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d schemas left, %v", left, err)
	}
}

// eventually waits for another process's change to arrive.
func eventually(f func() error, want error) error {
	var err error
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = f(); errors.Is(err, want) {
			return nil
		}
	}
	return err
}

func TestReadOnlyIsEnforcedByTheDatabase(t *testing.T) {
	h := open(t, config(t))
	thor := create(t, h, "thor")
	if _, err := h.Lifecycle().ReadOnly(t.Context(), thor.ID); err != nil {
		t.Fatal(err)
	}
	_, err := h.SQL().ExecContext(in(t, thor), "INSERT INTO notes (body) VALUES ('x')")
	if err == nil {
		t.Error("a read-only tenant took a write")
	}
}

func TestResetEmptiesATenant(t *testing.T) {
	h := open(t, config(t))
	thor := create(t, h, "thor")
	write(t, h, thor, "hammer")
	if _, err := h.Lifecycle().Reset(t.Context(), thor.ID); err != nil {
		t.Fatal(err)
	}
	write(t, h, thor, "new")
	if got, err := read(t, h, thor); err != nil || got != "new" {
		t.Errorf("after a reset: %q, %v", got, err)
	}
}

func TestCreateJoinsTheApplicationsTransaction(t *testing.T) {
	h := open(t, config(t))
	ctx := t.Context()
	for _, commit := range []bool{false, true} {
		tx, err := h.Shared().Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		made, err := h.Lifecycle().CreateTx(ctx, tx, lifecycle.New{Slug: "thor"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(ctx, "INSERT INTO plans VALUES ('gold')"); err != nil {
			t.Fatal(err)
		}
		if !commit {
			_ = tx.Rollback(ctx)
			if _, err := h.Lifecycle().Find(ctx, tenant.BySlug("thor")); !errors.Is(err, tenant.ErrNotFound) {
				t.Errorf("rolled back, yet found: %v", err)
			}
			continue
		}
		if err := tx.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		write(t, h, made, "hammer")
	}
}

func TestForEachJoinsErrors(t *testing.T) {
	h := open(t, config(t))
	for _, slug := range []string{"a", "b", "c"} {
		create(t, h, slug)
	}
	boom := errors.New("boom")
	seen := make(chan string, 3)
	err := h.ForEach(t.Context(), registry.Filter{}, func(ctx context.Context, who *tenant.Tenant) error {
		seen <- who.Slug
		if who.Slug == "b" {
			return boom
		}
		_, err := h.SQL().ExecContext(ctx, "INSERT INTO notes (body) VALUES ('x')")
		return err
	})
	if len(seen) != 3 || !errors.Is(err, boom) {
		t.Errorf("saw %d, error %v", len(seen), err)
	}
}

func TestAcrossIsOneTransaction(t *testing.T) {
	h := open(t, config(t))
	a, b := create(t, h, "a"), create(t, h, "b")
	err := h.Across(t.Context(), []*tenant.Tenant{a, b}, func(tx rowhouse.AcrossTx) error {
		for _, who := range []*tenant.Tenant{a, b, a} {
			if _, err := tx.In(who).Exec(t.Context(), "INSERT INTO notes (body) VALUES ($1)", who.Slug); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[*tenant.Tenant]int{a: 2, b: 1} {
		var n int
		if err := h.SQL().QueryRowContext(in(t, who), "SELECT count(*) FROM notes WHERE body = $1", who.Slug).Scan(&n); err != nil || n != want {
			t.Errorf("%s has %d rows, %v", who.Slug, n, err)
		}
	}
}

func TestNoTenantIsMadeWhileMigrationsArePending(t *testing.T) {
	c := config(t)
	h := open(t, c)
	create(t, h, "thor")
	c.Migrations.Tenant.(fstest.MapFS)["0002_more.sql"] = migration("ALTER TABLE notes ADD COLUMN at timestamptz")
	later := open(t, c)
	if _, err := later.Lifecycle().Create(t.Context(), lifecycle.New{Slug: "loki"}); !errors.Is(err, migrate.ErrPending) {
		t.Fatalf("created while pending: %v", err)
	}
	if _, err := later.Migrate().Up(t.Context(), migrate.Options{}); err != nil {
		t.Fatal(err)
	}
	create(t, later, "loki")
}
