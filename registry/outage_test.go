package registry_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

var errDown = errors.New("connection refused")

// quiet options write down what OnHealth is told.
func quiet(told *[]error) registry.CacheOptions {
	return registry.CacheOptions{
		TTL: time.Minute, MaxStale: time.Hour, Retry: time.Second,
		Log: slog.New(slog.DiscardHandler),
		OnHealth: func(err error) {
			if told != nil {
				*told = append(*told, err)
			}
		},
	}
}

func TestAnOldTenantIsServedWhileItIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cached(t, quiet(nil), "acme")
		find(t, c, host("acme"))
		s.change(func() { s.tenants[0].Name = "New" })
		time.Sleep(59 * time.Second)
		if got := find(t, c, host("acme")); got.Name != "" || s.questions() != 1 {
			t.Errorf("before the TTL: name %q, %d questions", got.Name, s.questions())
		}
		time.Sleep(2 * time.Second)
		if got := find(t, c, host("acme")); got.Name != "" {
			t.Errorf("just after the TTL: name %q, want the old one at once", got.Name)
		}
		synctest.Wait()
		if got := find(t, c, host("acme")); got.Name != "New" || s.questions() != 2 {
			t.Errorf("then: name %q, %d questions", got.Name, s.questions())
		}
		time.Sleep(3 * time.Minute)
		s.change(func() { s.tenants[0].Name = "Newer" })
		if got := find(t, c, host("acme")); got.Name != "Newer" {
			t.Errorf("long after the TTL: name %q, want to wait for the new one", got.Name)
		}
	})
}

func TestTenantsAreServedWhileTheRegistryIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []error
		c, s := cached(t, quiet(&told), "acme", "other")
		acme, other := find(t, c, host("acme")), find(t, c, host("other"))
		s.change(func() { s.broken = errDown })
		c.InvalidateAll() // as after a lost connection

		before := s.questions()
		for range 600 { // a minute of requests
			if find(t, c, host("acme")) != acme || find(t, c, tenant.ByID(other.ID)) != other {
				t.Fatal("another value")
			}
			time.Sleep(100 * time.Millisecond)
		}
		if asked := s.questions() - before; asked < 50 || asked > 70 {
			t.Errorf("%d questions in a minute, want about one a second", asked)
		}
		if _, err := c.Lookup(t.Context(), host("cold")); !errors.Is(err, errDown) {
			t.Errorf("a key that is not in memory: got %v, want what the registry says", err)
		}

		s.change(func() { s.broken, s.tenants[0].Name = nil, "New" })
		time.Sleep(2 * time.Second)
		find(t, c, host("acme"))
		synctest.Wait()
		if got := find(t, c, host("acme")); got.Name != "New" {
			t.Errorf("the registry is back: name %q", got.Name)
		}
		if len(told) != 2 || !errors.Is(told[0], errDown) || told[1] != nil {
			t.Errorf("told %v, want the outage and its end", told)
		}
	})
}

func TestNobodyIsServedLongerThanMaxStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cached(t, quiet(nil), "acme")
		find(t, c, host("acme"))
		s.change(func() { s.broken = errDown })
		time.Sleep(59 * time.Minute)
		find(t, c, host("acme"))
		time.Sleep(2 * time.Minute)
		if _, err := c.Lookup(t.Context(), host("acme")); !errors.Is(err, errDown) {
			t.Errorf("got %v, want what the registry says", err)
		}
	})
}

// A registry that swallows questions costs one caller the timeout, not all.
func TestARegistryThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cached(t, quiet(nil), "acme")
		find(t, c, host("acme"))
		s.change(func() { s.gate = make(chan struct{}) })
		c.InvalidateAll()
		start := time.Now()
		for range 1000 {
			find(t, c, host("acme"))
		}
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("took %s, want the default load timeout once", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Lookup(ctx, host("cold")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the caller's own deadline", err)
		}
	})
}

// A record that makes no sense is that tenant's trouble alone.
func TestASenselessRecordIsNoOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []error
		c, s := cached(t, quiet(&told), "acme")
		acme := find(t, c, host("acme"))
		fault := &tenant.InvalidError{Field: "status", Value: "sleeping", Reason: "is not a status"}
		s.change(func() { s.broken = fault })
		c.Invalidate(acme.ID)
		if _, err := c.Lookup(t.Context(), host("acme")); !errors.Is(err, fault) {
			t.Errorf("got %v, want %v", err, fault)
		}
		if len(told) != 0 {
			t.Errorf("told %v", told)
		}
	})
}
