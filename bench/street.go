package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// street is a fleet of twelve-table tenants in a database of their own.
type street struct {
	config         *pgx.ConnConfig
	level          *schema.Level
	tenants        []*tenant.Tenant
	shared, tenant migrate.Source
	queries        atomic.Int64
	inQueries      atomic.Int64 // nanoseconds
}

const streetName = "rowhouse_bench_fleet"

func (w *world) dropStreet(ctx context.Context) error {
	_, err := w.monitor.Exec(ctx, "DROP DATABASE IF EXISTS "+streetName+" WITH (FORCE)")
	return err
}

func newStreet(ctx context.Context, w *world, n int) (*street, error) {
	config, err := pgx.ParseConfig(w.url)
	if err != nil {
		return nil, err
	}
	if err := w.dropStreet(ctx); err != nil {
		return nil, err
	}
	if _, err := w.monitor.Exec(ctx, "CREATE DATABASE "+streetName); err != nil {
		return nil, err
	}
	config.Database = streetName
	s := &street{config: config, level: schema.New(isolation.DefaultNames())}
	config.Tracer = s
	if err := s.load(); err != nil {
		return nil, err
	}
	for i := range n {
		id, slug := tenant.NewID(), fmt.Sprintf("fleet-%05d", i)
		s.tenants = append(s.tenants, &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: s.level.Place(id, slug, "main")})
	}
	return s, s.settle(ctx)
}

// load reads the fixture that the tests of package migrate use.
func (s *street) load() (err error) {
	dir := "migrate/testdata/workshop"
	if _, err := os.Stat(dir); err != nil {
		dir = filepath.Join("..", dir)
	}
	if s.shared, err = migrate.Load(os.DirFS(dir), "shared", migrate.Shared); err != nil {
		return err
	}
	s.tenant, err = migrate.Load(os.DirFS(dir), "tenant", migrate.Tenant)
	return err
}

// settle makes the tenants, a few at a time, and has them analysed.
func (s *street) settle(ctx context.Context) error {
	r, err := s.runner(s.tenant)
	if err != nil {
		return err
	}
	if _, err := r.Up(ctx, migrate.Options{SharedOnly: true}); err != nil {
		return err
	}
	var (
		group sync.WaitGroup
		next  atomic.Int64
		errs  = make([]error, 4)
		begin = time.Now()
	)
	for worker := range errs {
		group.Go(func() { errs[worker] = s.build(ctx, r, &next) })
	}
	group.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	fmt.Printf("%-36s %d tenants of 12 tables in %v\n", "fleet", len(s.tenants), time.Since(begin).Round(time.Second))
	return s.exec(ctx, "VACUUM ANALYZE")
}

func (s *street) build(ctx context.Context, r *migrate.Runner, next *atomic.Int64) error {
	const perConn = 100
	for {
		conn, err := s.Connect(ctx, "", "")
		if err != nil {
			return err
		}
		for range perConn {
			i := int(next.Add(1)) - 1
			if i >= len(s.tenants) {
				return conn.Close(ctx)
			}
			if _, err := r.Apply(ctx, conn, s.tenants[i]); err != nil {
				return err
			}
		}
		if err := conn.Close(ctx); err != nil {
			return err
		}
	}
}

func (s *street) runner(tenants migrate.Source) (*migrate.Runner, error) {
	return migrate.New(migrate.Config{
		Shared: s.shared, Tenant: tenants, Main: "main", Tenants: s, Levels: isolation.LevelsOf(s.level), Conns: s,
	})
}

func (s *street) exec(ctx context.Context, sql string) error {
	conn, err := s.Connect(ctx, "", "")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// Connect makes the street a migrate.Conns.
func (s *street) Connect(ctx context.Context, _, _ string) (*pgx.Conn, error) {
	return pgx.ConnectConfig(ctx, s.config)
}

// List makes the street a migrate.Tenants.
func (s *street) List(context.Context, registry.Filter) ([]*tenant.Tenant, error) {
	return s.tenants, nil
}

type started struct{}

// TraceQueryStart notes when a query begins.
func (s *street) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	s.queries.Add(1)
	return context.WithValue(ctx, started{}, time.Now())
}

// TraceQueryEnd adds the time that a query took, its rows included.
func (s *street) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if begin, ok := ctx.Value(started{}).(time.Time); ok {
		s.inQueries.Add(int64(time.Since(begin)))
	}
}
