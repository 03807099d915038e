package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// What each operation makes of each status; "" is a refusal that names the status.
func TestEveryOperationInEveryStatus(t *testing.T) {
	t.Parallel()
	s := install(t)
	ways := map[tenant.Status][]string{
		tenant.Active: {}, tenant.ReadOnly: {"read-only"}, tenant.Suspended: {"suspend"},
		tenant.Deleting: {"delete"}, tenant.Deleted: {"delete", "purge"},
	}
	outcomes := map[string]map[tenant.Status]tenant.Status{
		"read-only": {tenant.Active: tenant.ReadOnly, tenant.ReadOnly: tenant.ReadOnly, tenant.Suspended: tenant.ReadOnly},
		"resume":    {tenant.Active: tenant.Active, tenant.ReadOnly: tenant.Active, tenant.Suspended: tenant.Active},
		"suspend":   {tenant.Active: tenant.Suspended, tenant.ReadOnly: tenant.Suspended, tenant.Suspended: tenant.Suspended},
		"reset":     {tenant.Active: tenant.Active, tenant.ReadOnly: tenant.Active, tenant.Suspended: tenant.Active},
		"restore":   {tenant.Deleting: tenant.Active},
		"purge":     {tenant.Deleting: tenant.Deleted, tenant.Deleted: tenant.Deleted},
		"delete":    {tenant.Active: tenant.Deleting, tenant.ReadOnly: tenant.Deleting, tenant.Suspended: tenant.Deleting, tenant.Deleting: tenant.Deleting},
	}
	for status, way := range ways {
		for name, results := range outcomes {
			one := s.create(t, fmt.Sprintf("%s-%s", strings.ReplaceAll(string(status), "_", "-"), name))
			s.must(t, one.ID, way...)
			got, err := s.operations()[name](t.Context(), one.ID)
			var refused *tenant.StatusError
			switch want := results[status]; {
			case want == "" && (!errors.Is(err, tenant.ErrStatus) || !errors.As(err, &refused) || refused.Status != status):
				t.Errorf("%s while %s: %v", name, status, err)
			case want != "" && (err != nil || got.Status != want):
				t.Errorf("%s while %s: %v, %v; want %s", name, status, got, err, want)
			}
		}
	}
	s.consistent(t)
}

// A tenant that was never finished is not opened by a resume, and can be deleted.
func TestUnfinishedTenantsStayShut(t *testing.T) {
	t.Parallel()
	s := install(t)
	for _, status := range []tenant.Status{tenant.Provisioning, tenant.Failed} {
		one := s.create(t, "acme")
		s.exec(t, "UPDATE rowhouse.tenants SET status = $1 WHERE id = $2", status, one.ID.String())
		for _, name := range []string{"resume", "read-only", "suspend", "reset", "restore", "purge"} {
			if err := s.do(t.Context(), name, one.ID); !errors.Is(err, tenant.ErrStatus) {
				t.Errorf("%s while %s: %v", name, status, err)
			}
		}
		s.must(t, one.ID, "create", "delete", "purge")
	}
	s.consistent(t)
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	s := install(t)
	if _, err := s.Create(t.Context(), lifecycle.New{Slug: "taken", Domains: []string{"Taken.example:80"}}); err != nil {
		t.Fatal(err)
	}
	var invalid *tenant.InvalidError
	for name, c := range map[string]struct {
		n    lifecycle.New
		want func(error) bool
	}{
		"slug":        {lifecycle.New{Slug: "Acme"}, func(err error) bool { return errors.As(err, &invalid) && invalid.Field == "slug" }},
		"injection":   {lifecycle.New{Slug: `a"; DROP SCHEMA shared; --`}, func(err error) bool { return errors.As(err, &invalid) }},
		"host":        {lifecycle.New{Slug: "a", Domains: []string{"co.uk"}}, func(err error) bool { return errors.As(err, &invalid) && invalid.Field == "host" }},
		"host twice":  {lifecycle.New{Slug: "a", Domains: []string{"a.example", "A.example"}}, func(err error) bool { return errors.As(err, &invalid) }},
		"under base":  {lifecycle.New{Slug: "a", Domains: []string{"b.polls.localhost"}}, func(err error) bool { return errors.As(err, &invalid) && invalid.Field == "host" }},
		"base itself": {lifecycle.New{Slug: "a", Domains: []string{"POLLS.localhost"}}, func(err error) bool { return errors.As(err, &invalid) }},
		"central":     {lifecycle.New{Slug: "a", Domains: []string{"Status.example"}}, func(err error) bool { return errors.As(err, &invalid) && invalid.Field == "host" }},
		"central too": {lifecycle.New{Slug: "app"}, func(err error) bool { return errors.As(err, &invalid) && invalid.Field == "slug" }},
		"slug taken":  {lifecycle.New{Slug: "taken"}, func(err error) bool { return errors.Is(err, tenant.ErrExists) }},
		"host taken":  {lifecycle.New{Slug: "a", Domains: []string{"taken.example"}}, func(err error) bool { return errors.Is(err, tenant.ErrExists) }},
		"level":       {lifecycle.New{Slug: "a", Isolation: tenant.Silo}, func(err error) bool { return err != nil }},
	} {
		if _, err := s.Create(t.Context(), c.n); !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.consistent(t)
}

func TestDomains(t *testing.T) {
	t.Parallel()
	s := install(t)
	one, ctx := s.create(t, "acme"), t.Context()
	if _, err := s.AddDomain(ctx, one.ID, "shadow.polls.localhost"); !errors.As(err, new(*tenant.InvalidError)) {
		t.Errorf("a host of the product: %v", err)
	}
	for _, step := range []struct {
		do      func(context.Context, tenant.ID, string) (*tenant.Tenant, error)
		host    string
		primary string
	}{
		{s.AddDomain, "A.example.", "a.example"},
		{s.AddDomain, "b.example", "a.example"},
		{s.AddDomain, "b.example", "a.example"},
		{s.PrimaryDomain, "b.example", "b.example"},
		{s.RemoveDomain, "b.example", "a.example"},
		{s.RemoveDomain, "a.example", ""},
	} {
		got, err := step.do(ctx, one.ID, step.host)
		if err != nil || got.PrimaryHost() != step.primary {
			t.Errorf("%s: primary %v, %v; want %q", step.host, got, err, step.primary)
		}
	}
	if _, err := s.RemoveDomain(ctx, one.ID, "c.example"); !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("remove a stranger's: %v", err)
	}
}

// Nobody comes by the product's own hosts later than at birth.
func TestNobodyIsRenamedToTheProduct(t *testing.T) {
	t.Parallel()
	s := install(t)
	one := s.create(t, "acme")
	var invalid *tenant.InvalidError
	if _, err := s.Rename(t.Context(), one.ID, "app"); !errors.As(err, &invalid) {
		t.Errorf("renamed: %v", err)
	}
	s.must(t, one.ID, "delete")
	if _, err := s.Restore(t.Context(), one.ID, "app"); !errors.As(err, &invalid) {
		t.Errorf("restored: %v", err)
	}
	if _, err := s.AddDomain(t.Context(), one.ID, "status.example"); !errors.As(err, &invalid) {
		t.Errorf("a domain: %v", err)
	}
}

func TestRestoreWhereTheNamesWereTaken(t *testing.T) {
	t.Parallel()
	s := install(t)
	ctx := t.Context()
	old, err := s.Create(ctx, lifecycle.New{Slug: "acme", Domains: []string{"acme.example"}})
	if err != nil {
		t.Fatal(err)
	}
	s.must(t, old.ID, "delete")
	if _, err := s.Create(ctx, lifecycle.New{Slug: "acme", Domains: []string{"acme.example"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Restore(ctx, old.ID, ""); !errors.Is(err, tenant.ErrExists) || !strings.Contains(err.Error(), "use another slug") {
		t.Errorf("the slug is taken: %v", err)
	}
	if _, err := s.Restore(ctx, old.ID, "acme-2"); !errors.Is(err, tenant.ErrExists) || !strings.Contains(err.Error(), "remove that domain") {
		t.Errorf("the host is taken: %v", err)
	}
	if _, err := s.RemoveDomain(ctx, old.ID, "acme.example"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Restore(ctx, old.ID, "acme-2"); err != nil || got.Slug != "acme-2" || got.Status != tenant.Active {
		t.Errorf("restore: %v, %v", got, err)
	}
	s.consistent(t)
}

// While a transaction stays open the operation gives up in time, and finishes later.
func TestOpenTransactionsMakeATenantBusy(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"delete", "suspend", "read-only", "reset"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := install(t)
			one := s.create(t, "acme")
			leave := s.stay(t, one)
			if err := s.do(t.Context(), name, one.ID); !errors.Is(err, lifecycle.ErrBusy) {
				t.Errorf("%s: %v", name, err)
			}
			leave()
			s.must(t, one.ID, name)
			s.consistent(t)
		})
	}
}

// stay enters a tenant and stays inside.
func (s *street) stay(t *testing.T, one *tenant.Tenant) (leave func()) {
	t.Helper()
	conn, err := s.Connect(t.Context(), "main", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	enter := schema.New(isolation.DefaultNames()).Enter(one.ID, one.Placement)
	if _, err := conn.Exec(t.Context(), "BEGIN;"+enter.Inline(), pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	return func() { _ = conn.Close(context.Background()) }
}

// A purge does not make everybody wait who uses a shared table that the tenant's
// tables refer to.
func TestPurgeLetsNeighboursPass(t *testing.T) {
	t.Parallel()
	s := install(t)
	one := s.create(t, "acme")
	s.must(t, one.ID, "delete")
	reader, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Exec(t.Context(), "SELECT * FROM shared.plans"); err != nil {
		t.Fatal(err)
	}
	purged := make(chan error, 1)
	go func() { purged <- s.do(context.Background(), "purge", one.ID) }()
	for range 10 {
		began := time.Now()
		s.exec(t, "SELECT * FROM shared.plans")
		if took := time.Since(began); took > 900*time.Millisecond {
			t.Errorf("a neighbour waited %s", took)
		}
		time.Sleep(30 * time.Millisecond)
	}
	_ = reader.Rollback(t.Context())
	if err := <-purged; err != nil {
		t.Error(err)
	}
	s.consistent(t)
}

// Three hundred tables do not fit into this server's lock table at once.
func TestPurgeOfALargeTenantOnASmallServer(t *testing.T) {
	t.Parallel()
	options := pgtest.Options()
	options.MaxConnections = 12
	options.Settings = map[string]string{"max_locks_per_transaction": "10", "max_worker_processes": "1", "autovacuum_max_workers": "1", "max_wal_senders": "0"}
	cluster, err := pglocal.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop(context.Background()) })
	s := installIn(t, cluster.URL("postgres"))
	one := s.create(t, "large")
	for i := range 300 {
		s.exec(t, fmt.Sprintf("CREATE TABLE %s.more_%d (id bigserial PRIMARY KEY, a text UNIQUE, b text)", one.Placement.Schema, i))
	}
	if _, err := s.pool.Exec(t.Context(), "DROP SCHEMA "+one.Placement.Schema+" CASCADE"); err == nil {
		t.Fatal("this server takes it all at once: the test shows nothing")
	}
	s.must(t, one.ID, "delete", "purge")
	s.consistent(t)
}

func TestOperationsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	s := install(t)
	one := s.create(t, "acme")
	defer s.stay(t, one)()
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := s.do(ctx, "delete", one.ID); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 900*time.Millisecond {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

// Create and delete of the same slug, again and again, by many at once.
func TestCreateAgainstDelete(t *testing.T) {
	t.Parallel()
	s := install(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 4 {
				if err := s.do(t.Context(), "create", tenant.ID{}); err != nil && !errors.Is(err, tenant.ErrExists) && !errors.Is(err, tenant.ErrStatus) {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 8 {
				one, err := s.Find(t.Context(), tenant.BySlug("acme"))
				if err != nil {
					time.Sleep(20 * time.Millisecond)
					continue
				}
				if err := s.do(t.Context(), "delete", one.ID); err != nil && !errors.Is(err, tenant.ErrStatus) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	tenants, err := s.store.List(t.Context(), everyStatus())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range tenants {
		if one.Status == tenant.Deleting {
			s.must(t, one.ID, "purge")
		}
	}
	s.consistent(t)
}

// meddler does something else just before a tenant's tables are made.
type meddler struct {
	lifecycle.Migrator
	meddle func(*tenant.Tenant)
}

func (m meddler) Apply(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) (int64, error) {
	m.meddle(t)
	return m.Migrator.Apply(ctx, conn, t)
}

// Who deletes a tenant that is being made waits for its making: otherwise the tables
// would be made behind the delete's back.
func TestDeleteWaitsForCreate(t *testing.T) {
	t.Parallel()
	s := install(t)
	deleted := make(chan error, 1)
	c := s.config
	c.Migrator = meddler{c.Migrator, func(one *tenant.Tenant) {
		go func() { deleted <- s.do(context.Background(), "delete", one.ID) }()
		time.Sleep(300 * time.Millisecond)
	}}
	if _, err := lifecycle.NewManager(c).Create(t.Context(), lifecycle.New{Slug: "acme"}); err != nil {
		t.Errorf("create: %v", err)
	}
	if err := <-deleted; err != nil {
		t.Errorf("delete: %v", err)
	}
	s.consistent(t)
}

// A refused CreateTx leaves nothing in a transaction that goes on.
func TestCreateTxIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s := install(t)
	s.create(t, "acme")
	tx, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The street's last migration cannot run inside a transaction.
	if _, err := s.CreateTx(t.Context(), tx, lifecycle.New{Slug: "other"}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("CreateTx: %v", err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	s.consistent(t)
}

// A registry that cannot be changed is not half changed.
func TestNothingIsTouchedWhereTheRegistryIsFixed(t *testing.T) {
	t.Parallel()
	m := lifecycle.NewManager(lifecycle.Config{Fixed: true, Levels: isolation.LevelsOf(schema.New(isolation.DefaultNames())), Default: tenant.Schema})
	for name, do := range (&street{Manager: m}).operations() {
		if _, err := do(t.Context(), tenant.NewID()); !errors.Is(err, tenant.ErrReadOnlySource) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := m.Create(t.Context(), lifecycle.New{Slug: "acme"}); !errors.Is(err, tenant.ErrReadOnlySource) {
		t.Errorf("create: %v", err)
	}
}
