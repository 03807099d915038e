package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// release is a program over the street's database with other migration files.
func (s *street) release(t *testing.T, change func(tenants fstest.MapFS)) (*street, *migrate.Runner) {
	t.Helper()
	other := &street{url: s.url, pool: s.pool, store: s.store, level: s.level}
	shared, tenants := files()
	change(tenants)
	var changed *migrate.ChangedError // is what some tests are about
	if err := other.assemble(shared, tenants); err != nil && !errors.As(err, &changed) {
		t.Fatal(err)
	}
	return other, other.config.Migrator.(*migrate.Runner)
}

func file(sql string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql + ";\n")}
}

func TestAnOldProgramMakesNoTenantsAfterARollout(t *testing.T) {
	t.Parallel()
	s := install(t)
	first, second := s.create(t, "first"), s.create(t, "second")
	s.must(t, second.ID, "delete")
	_, next := s.release(t, func(f fstest.MapFS) { f["0004_extra.sql"] = file("ALTER TABLE notes ADD COLUMN extra text") })
	if _, err := next.Up(t.Context(), migrate.Options{}); err != nil {
		t.Fatal(err)
	}
	attempts := map[string]func() error{
		"create":  func() error { _, err := s.Create(t.Context(), lifecycle.New{Slug: "late"}); return err },
		"restore": func() error { return s.do(t.Context(), "restore", second.ID) },
		"reset":   func() error { return s.do(t.Context(), "reset", first.ID) },
		"create in a transaction": func() error {
			return pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
				_, err := s.CreateTx(t.Context(), tx, lifecycle.New{Slug: "late"})
				return err
			})
		},
	}
	for name, attempt := range attempts {
		var older *migrate.OlderError
		if err := attempt(); !errors.As(err, &older) || older.Fleet != 4 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now, err := s.Find(t.Context(), tenant.ByID(first.ID)); err != nil || now.Status != tenant.Active {
		t.Errorf("%v, %v", now, err)
	}
}

// A tenant that an old program makes while a run is under way is migrated by it.
func TestARunWaitsForTenantsThatAreBeingMade(t *testing.T) {
	t.Parallel()
	s := install(t)
	slow, _ := s.release(t, func(f fstest.MapFS) {
		f["0004_slow.sql"] = file("SELECT pg_sleep(1)")
		delete(f, "0003_mood.sql")
	})
	_, next := s.release(t, func(f fstest.MapFS) {
		f["0004_slow.sql"] = file("SELECT pg_sleep(1)")
		delete(f, "0003_mood.sql")
		f["0005_extra.sql"] = file("ALTER TABLE notes ADD COLUMN extra text")
	})
	made := make(chan error, 1)
	go func() {
		_, err := slow.Create(context.Background(), lifecycle.New{Slug: "during"})
		made <- err
	}()
	s.until(t, `SELECT count(*) = 1 FROM rowhouse.tenants WHERE status = 'provisioning'`)
	if _, err := next.Up(t.Context(), migrate.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	status, err := next.Status(t.Context(), registry.Filter{})
	if err != nil || len(status.Tenants) != 1 || !status.Clean() {
		t.Errorf("%+v, %v", status, err)
	}
	if err := next.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

// until waits for a query to say true.
func (s *street) until(t *testing.T, query string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var yes bool
		if err := s.pool.QueryRow(t.Context(), query).Scan(&yes); err != nil || time.Now().After(deadline) {
			t.Fatalf("%s: %v", query, err)
		}
		if yes {
			return
		}
	}
}

func TestNoTenantIsMadeFromChangedFiles(t *testing.T) {
	t.Parallel()
	s := install(t)
	first := s.create(t, "first")
	edited, runner := s.release(t, func(f fstest.MapFS) { f["0001_notes.sql"] = file("CREATE TABLE notes (id int)") })
	_, upErr := runner.Up(t.Context(), migrate.Options{})
	_, createErr := edited.Create(t.Context(), lifecycle.New{Slug: "second"})
	for what, err := range map[string]error{"up": upErr, "create": createErr, "reset": edited.do(t.Context(), "reset", first.ID)} {
		var changed *migrate.ChangedError
		if !errors.As(err, &changed) || changed.Targets != 1 || strings.Contains(err.Error(), "stamp") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Sign-ups that come all at once take their turns: they leave connections to others.
func TestManySignUpsUseFewConnections(t *testing.T) {
	t.Parallel()
	s := install(t)
	watch := &counting{Connector: s}
	s.config.Connect = watch
	m := lifecycle.NewManager(s.config)
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			if _, err := m.Create(t.Context(), lifecycle.New{Slug: fmt.Sprintf("t%d", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if watch.opened != 30 || watch.refused == 0 {
		t.Errorf("%d connections were opened and %d refused, want one for each sign-up", watch.opened, watch.refused)
	}
	s.consistent(t)
}

// counting refuses every fifth connection as a server does that is full.
type counting struct {
	lifecycle.Connector
	mu              sync.Mutex
	opened, refused int
}

func (c *counting) Connect(ctx context.Context, server, database string) (*pgx.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if (c.opened+c.refused)%5 == 4 {
		c.refused++
		return nil, fmt.Errorf("connect: %w", &pgconn.PgError{Code: "53300", Message: "sorry, too many clients already"})
	}
	c.opened++
	return c.Connector.Connect(ctx, server, database)
}

// A server that stays full leaves no record behind that holds the slug.
func TestAFullServerLeavesNoRecord(t *testing.T) {
	t.Parallel()
	s := install(t)
	s.config.Connect, s.config.Patience = full{}, 200*time.Millisecond
	_, err := lifecycle.NewManager(s.config).Create(t.Context(), lifecycle.New{Slug: "acme"})
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		t.Fatal(err)
	}
	if _, err := s.Find(t.Context(), tenant.BySlug("acme")); !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("the slug is held: %v", err)
	}
}

type full struct{}

func (full) Connect(context.Context, string, string) (*pgx.Conn, error) {
	return nil, &pgconn.PgError{Code: "53300", Message: "sorry, too many clients already"}
}

// The application's transaction may hold the pool's only connection.
func TestCreateTxNeedsNoSecondConnectionOfThePool(t *testing.T) {
	t.Parallel()
	s := install(t)
	s.exec(t, "DELETE FROM rowhouse.rollouts")
	config := s.pool.Config()
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	only := &street{url: s.url, pool: pool, store: registry.NewPostgres(pool), level: s.level}
	if err := only.assemble(withoutIndex()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err = pgx.BeginFunc(ctx, only.pool, func(tx pgx.Tx) error {
		_, err := only.CreateTx(ctx, tx, lifecycle.New{Slug: "acme"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// withoutIndex leaves out the file that needs to commit in between.
func withoutIndex() (shared, tenants fstest.MapFS) {
	shared, tenants = files()
	delete(tenants, "0003_mood.sql")
	return shared, tenants
}
