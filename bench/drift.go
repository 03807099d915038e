package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// driftCheck compares a check of all tenants, its scratch schema included, with a
// query for each schema.
func driftCheck(n int) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		s, err := newStreet(ctx, w, n)
		if err != nil {
			return err
		}
		defer func() { _ = w.dropStreet(ctx) }()
		return s.check(ctx, n)
	}
}

func (s *street) check(ctx context.Context, n int) error {
	const rounds = 5
	c, err := drift.New(migrate.Config{
		Shared: s.shared, Tenant: s.tenant, Main: "main", Tenants: s, Levels: isolation.LevelsOf(s.level), Conns: s,
	})
	if err != nil {
		return err
	}
	var ours, parallel, each []float64
	for range rounds {
		one, err := s.timeCheck(ctx, c, 1)
		if err != nil {
			return err
		}
		four, err := s.timeCheck(ctx, c, 4)
		if err != nil {
			return err
		}
		single, err := s.oneByOne(ctx)
		if err != nil {
			return err
		}
		ours, parallel, each = append(ours, one), append(parallel, four), append(each, single*float64(n))
	}
	a, p, b := middle(ours), middle(parallel), middle(each)
	fmt.Printf("%-36s %.2f / %.2f s = %.3f   (with 4 workers %.2f s; promise 0.15)\n",
		fmt.Sprintf("drift of %d tenants, a query each", n), a, b, a/b, p)
	return nil
}

func (s *street) timeCheck(ctx context.Context, c *drift.Checker, workers int) (float64, error) {
	begin := time.Now()
	report, err := c.Check(ctx, drift.Options{Workers: workers})
	if err == nil && !report.Clean() {
		err = fmt.Errorf("%d tenants have drifted", len(report.Drifted))
	}
	return time.Since(begin).Seconds(), err
}

// oneByOne returns the seconds that one schema takes when each has a query of its
// own, from a sample.
func (s *street) oneByOne(ctx context.Context) (float64, error) {
	const sample = 50
	conn, err := s.Connect(ctx, "", "")
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(ctx) }()
	begin := time.Now()
	for i := range sample {
		t := s.tenants[i*len(s.tenants)/sample]
		if _, err := catalog.Fingerprint(ctx, conn, []string{t.Placement.Schema}); err != nil {
			return 0, err
		}
	}
	return time.Since(begin).Seconds() / sample, nil
}
