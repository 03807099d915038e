package lifecycle_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry/sqlitestore"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// cabinet is an installation in SQLite files, as one program sees it.
type cabinet struct {
	*lifecycle.Manager
	homes *sqlite.Homes
}

func openCabinet(t *testing.T, dir string) *cabinet {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(sqlite.Init(t.Context(), dir))
	homes, err := sqlite.Open(dir, sqlite.Options{})
	must(err)
	t.Cleanup(homes.Close)
	store, err := sqlitestore.Open(filepath.Join(dir, "registry.db"))
	must(err)
	t.Cleanup(func() { _ = store.Close() })
	must(store.Install(t.Context()))
	source, err := migrate.Load(fstest.MapFS{"1_notes.sql": {Data: []byte("-- +goose Up\nCREATE TABLE notes (body text);\n")}}, ".", migrate.Tenant)
	must(err)
	levels := isolation.LevelsOf(sqlite.Level{})
	runner, err := migrate.New(migrate.Config{
		Tenant: source, Main: "main", Engine: homes, Tenants: store, Projection: store, Levels: levels,
	})
	must(err)
	return &cabinet{homes: homes, Manager: lifecycle.NewManager(lifecycle.Config{
		Store: store, Migrator: runner, Engine: homes, Levels: levels, Default: tenant.Database, Main: "main", Actor: "tester",
	})}
}

// write tries to write one note.
func (f *cabinet) write(ctx context.Context, who *tenant.Tenant) error {
	s, err := f.homes.Enter(ctx, who, true)
	if err != nil {
		return err
	}
	_, err = s.Conn().(driver.ExecerContext).ExecContext(ctx, "INSERT INTO notes VALUES ('x')", nil)
	if err != nil {
		return errors.Join(err, s.Rollback())
	}
	return s.Commit(ctx)
}

func TestLifeOfATenantInAFile(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	f, other := openCabinet(t, dir), openCabinet(t, dir)
	thor, err := f.Create(ctx, lifecycle.New{Slug: "thor", Domains: []string{"thor.example"}})
	if err != nil || thor.Status != tenant.Active || thor.Version != 1 {
		t.Fatal(thor, err)
	}
	for _, step := range []struct {
		name  string
		do    func() (*tenant.Tenant, error)
		want  tenant.Status
		write error // with the placement that the step returns
		stale error // with the one before, in another program that has heard of nothing
	}{
		{"read-only", func() (*tenant.Tenant, error) { return f.ReadOnly(ctx, thor.ID) }, tenant.ReadOnly, sqlite.ErrReadOnly, sqlite.ErrReadOnly},
		{"reset", func() (*tenant.Tenant, error) { return f.Reset(ctx, thor.ID) }, tenant.Active, nil, tenant.ErrMoved},
		{"read-only", func() (*tenant.Tenant, error) { return f.ReadOnly(ctx, thor.ID) }, tenant.ReadOnly, sqlite.ErrReadOnly, sqlite.ErrReadOnly},
		{"resume", func() (*tenant.Tenant, error) { return f.Resume(ctx, thor.ID) }, tenant.Active, nil, nil},
		{"suspend", func() (*tenant.Tenant, error) { return f.Suspend(ctx, thor.ID) }, tenant.Suspended, nil, nil},
		{"delete", func() (*tenant.Tenant, error) { return f.Delete(ctx, thor.ID) }, tenant.Deleting, nil, tenant.ErrMoved},
		{"delete again", func() (*tenant.Tenant, error) { return f.Delete(ctx, thor.ID) }, tenant.Deleting, nil, tenant.ErrMoved},
		{"restore", func() (*tenant.Tenant, error) { return f.Restore(ctx, thor.ID, "") }, tenant.Active, nil, tenant.ErrMoved},
		{"delete", func() (*tenant.Tenant, error) { return f.Delete(ctx, thor.ID) }, tenant.Deleting, nil, tenant.ErrMoved},
		{"purge", func() (*tenant.Tenant, error) { return f.Purge(ctx, thor.ID) }, tenant.Deleted, tenant.ErrMoved, tenant.ErrMoved},
		{"purge again", func() (*tenant.Tenant, error) { return f.Purge(ctx, thor.ID) }, tenant.Deleted, tenant.ErrMoved, tenant.ErrMoved},
	} {
		before := thor.Clone()
		if thor, err = step.do(); err != nil || thor.Status != step.want {
			t.Fatalf("%s: %v, %v", step.name, thor, err)
		}
		if err := f.write(ctx, thor); !errors.Is(err, step.write) {
			t.Errorf("%s: write: %v, want %v", step.name, err, step.write)
		}
		if err := other.write(ctx, before); !errors.Is(err, step.stale) {
			t.Errorf("%s: a program that heard of nothing: %v, want %v", step.name, err, step.stale)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "tenants", "*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := f.Restore(ctx, thor.ID, ""); !errors.Is(err, tenant.ErrStatus) {
		t.Errorf("restore a purged tenant: %v", err)
	}
}

func TestOneOfManyProgramsMakesATenant(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	all := []*cabinet{openCabinet(t, dir), openCabinet(t, dir), openCabinet(t, dir)}
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		made  int
	)
	for i := range 9 {
		group.Go(func() {
			_, err := all[i%3].Create(t.Context(), lifecycle.New{Slug: "acme"})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			} else if !errors.Is(err, tenant.ErrExists) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}
