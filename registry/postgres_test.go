package registry_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pgbouncertest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/sqlstep"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/registry/registrytest"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// pool returns a pool of connections to a fresh database.
func pool(t *testing.T, mode pgx.QueryExecMode) *pgxpool.Pool {
	t.Helper()
	return poolOf(t, pgtest.Database(t), mode)
}

func poolOf(t *testing.T, url string, mode pgx.QueryExecMode) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 4
	config.ConnConfig.DefaultQueryExecMode = mode
	p, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// store returns an installed store in a fresh database.
func store(t *testing.T, mode pgx.QueryExecMode) *registry.Postgres {
	t.Helper()
	return installed(t, pool(t, mode))
}

func installed(t *testing.T, db registry.DB) *registry.Postgres {
	t.Helper()
	s := registry.NewPostgres(db)
	if err := s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func exec(t *testing.T, db registry.DB, sql string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// active returns an active tenant with a host of its own.
func active(slug string) *tenant.Tenant {
	return &tenant.Tenant{
		ID: tenant.NewID(), Slug: slug, Status: tenant.Active,
		Placement: tenant.Placement{Level: tenant.Row, Server: "main", Schema: "pooled"},
		Domains:   []tenant.Domain{{Host: slug + ".example.com", Primary: true}},
	}
}

func create(t *testing.T, s registry.Store, slug string) *tenant.Tenant {
	t.Helper()
	made := active(slug)
	if err := s.Create(t.Context(), made, registry.Event{Actor: "tester", Action: "create"}); err != nil {
		t.Fatal(err)
	}
	return made
}

func TestPostgresIsAStore(t *testing.T) {
	// The statement cache is pgx's default; the other mode is for poolers.
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			registrytest.Exercise(t, func(t *testing.T) registry.Store { return store(t, mode) })
		})
	}
}

func TestInstallIsIdempotentAndSafeToRace(t *testing.T) {
	t.Parallel()
	s := registry.NewPostgres(pool(t, pgx.QueryExecModeCacheStatement))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := s.Install(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestInstallRefusesADatabaseOfANewerProgram(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeCacheStatement)
	s := installed(t, db)
	exec(t, db, "INSERT INTO rowhouse.steps (component, version) VALUES ('registry', 999)")
	err := s.Install(t.Context())
	newer, ok := errors.AsType[*sqlstep.NewerError](err)
	if !ok || newer.Database != 999 {
		t.Errorf("got %v, want a NewerError", err)
	}
}

// The application's role may use a registry that its owner installed.
func TestInstallNeedsNoPrivilegeWhereNothingIsMissing(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	owner := poolOf(t, url, pgx.QueryExecModeCacheStatement)
	installed(t, owner)
	role := pgtest.Role(t, url, "")
	exec(t, owner, "GRANT USAGE ON SCHEMA rowhouse TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA rowhouse TO PUBLIC")
	if err := registry.NewPostgres(poolOf(t, role, pgx.QueryExecModeCacheStatement)).Install(t.Context()); err != nil {
		t.Error(err)
	}
}

// A hostile search path is what a database with functions of the same names is.
func TestSearchPathDoesNotMatter(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeCacheStatement)
	installed(t, db)
	exec(t, db, `CREATE SCHEMA trap; CREATE TABLE trap.tenants (id int); CREATE TABLE trap.domains (id int);
		CREATE FUNCTION trap.lower(text) RETURNS text LANGUAGE sql AS 'SELECT ''trapped''::text'`)
	exec(t, db, "ALTER DATABASE "+pgx.Identifier{db.Config().ConnConfig.Database}.Sanitize()+" SET search_path = trap")
	db.Reset()
	s := registry.NewPostgres(db)
	create(t, s, "acme")
	if _, err := s.Lookup(t.Context(), tenant.BySlug("acme")); err != nil {
		t.Error(err)
	}
}

func TestWithTxIsPartOfTheApplicationsTransaction(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeCacheStatement)
	s := installed(t, db)
	create(t, s, "acme")
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	inside := s.WithTx(tx)
	create(t, inside, "other")
	if err := inside.Create(t.Context(), active("acme"), registry.Event{}); !errors.Is(err, tenant.ErrExists) {
		t.Errorf("got %v, want tenant.ErrExists", err)
	}
	// The refusal left the transaction usable.
	if _, err := inside.Lookup(t.Context(), tenant.BySlug("other")); err != nil {
		t.Error(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lookup(t.Context(), tenant.BySlug("other")); !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("got %v, want tenant.ErrNotFound after the rollback", err)
	}
}

func TestUsersTablesMayReferToTenants(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeCacheStatement)
	s := installed(t, db)
	acme := create(t, s, "acme")
	exec(t, db, "CREATE TABLE invoices (tenant uuid REFERENCES rowhouse.tenants (id))")
	exec(t, db, "INSERT INTO invoices SELECT id FROM rowhouse.tenants")
	acme.Status = tenant.Deleted
	if err := s.Update(t.Context(), acme, registry.Event{Action: "delete"}); err != nil {
		t.Error(err)
	}
}

// Behind a transaction pooler each statement may meet another server process.
func TestPostgresIsAStoreBehindAPooler(t *testing.T) {
	bouncer := pgbouncertest.Start(t, pgtest.Database(t))
	registrytest.Exercise(t, func(t *testing.T) registry.Store {
		return installed(t, poolOf(t, through(t, bouncer, pgtest.Database(t)), pgx.QueryExecModeExec))
	})
}

// through returns the URL of database by way of the pooler.
func through(t *testing.T, pooler, database string) string {
	t.Helper()
	p, err := url.Parse(pooler)
	if err != nil {
		t.Fatal(err)
	}
	d, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	d.Host = p.Host
	return d.String()
}
