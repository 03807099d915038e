package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// fleet compares a migration of all tenants (ADD COLUMN and an index) with a loop
// inside the server that does the same, and times a run without work.
func fleet(n int) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		s, err := newStreet(ctx, w, n)
		if err != nil {
			return err
		}
		defer func() { _ = w.dropStreet(ctx) }()
		if err := s.forward(ctx, n); err != nil {
			return err
		}
		return s.noop(ctx, n)
	}
}

// forward lets both sides add a column and an index to each tenant, in turn.
func (s *street) forward(ctx context.Context, n int) error {
	const rounds = 5
	if err := s.homes(ctx); err != nil {
		return err
	}
	var ours, loop []float64
	for round := range rounds {
		took, err := s.migrate(ctx, int64(100+round))
		if err != nil {
			return err
		}
		ours = append(ours, took)
		if took, err = s.loop(ctx, round); err != nil {
			return err
		}
		loop = append(loop, took)
	}
	a, b := middle(ours), middle(loop)
	fmt.Printf("%-36s %.2f / %.2f s = %.2f   (%.2f / %.2f ms per tenant; promise 1.3)\n",
		fmt.Sprintf("migrate %d tenants, DO loop", n), a, b, a/b, 1000*a/float64(n), 1000*b/float64(n))
	return nil
}

func middle(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

const forwardSQL = "ALTER TABLE customers ADD COLUMN our_%[1]d boolean NOT NULL DEFAULT false;\nCREATE INDEX our_%[1]d ON customers (our_%[1]d);\n"

// migrate runs one more migration over the fleet and returns the seconds it took.
func (s *street) migrate(ctx context.Context, version int64) (float64, error) {
	file := fmt.Sprintf("%04d_forward.sql", version)
	next, err := migrate.Load(fstest.MapFS{file: {Data: []byte("-- +goose Up\n" + fmt.Sprintf(forwardSQL, version))}}, ".", migrate.Tenant)
	if err != nil {
		return 0, err
	}
	s.tenant = append(s.tenant, next...)
	r, err := s.runner(s.tenant)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	_, err = r.Up(ctx, migrate.Options{})
	return time.Since(begin).Seconds(), err
}

const loopSQL = `DO $do$ DECLARE s text; BEGIN
FOR s IN SELECT schema FROM public.homes LOOP
	EXECUTE format('ALTER TABLE %%I.customers ADD COLUMN loop_%[1]d boolean NOT NULL DEFAULT false', s);
	EXECUTE format('CREATE INDEX loop_%[1]d ON %%I.customers (loop_%[1]d)', s);
	COMMIT;
END LOOP; END $do$`

// loop does the same on one connection without leaving the server, a commit for
// each tenant.
func (s *street) loop(ctx context.Context, round int) (float64, error) {
	begin := time.Now()
	err := s.exec(ctx, fmt.Sprintf(loopSQL, round))
	return time.Since(begin).Seconds(), err
}

// homes gives the loop its list of schemas.
func (s *street) homes(ctx context.Context) error {
	names := make([]string, len(s.tenants))
	for i, t := range s.tenants {
		names[i] = "(" + ident.Literal(t.Placement.Schema) + ")"
	}
	return s.exec(ctx, "CREATE TABLE public.homes (schema text); INSERT INTO public.homes VALUES "+strings.Join(names, ", "))
}

// noop times a run that finds nothing to do.
func (s *street) noop(ctx context.Context, n int) error {
	r, err := s.runner(s.tenant)
	if err != nil {
		return err
	}
	var inside, whole []float64
	const rounds = 9
	s.queries.Store(0)
	for range rounds {
		s.inQueries.Store(0)
		begin := time.Now()
		if _, err := r.Up(ctx, migrate.Options{}); err != nil {
			return err
		}
		whole = append(whole, float64(time.Since(begin).Microseconds())/1000)
		inside = append(inside, float64(s.inQueries.Load())/1e6)
	}
	fmt.Printf("%-36s %.1f ms in the database, %.1f ms in all, %d query per run   (promise 50 ms, one query)\n",
		fmt.Sprintf("nothing to do, %d tenants", n), middle(inside), middle(whole), s.queries.Load()/rounds)
	return nil
}
