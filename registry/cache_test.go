package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestAllKeysLeadToOneValueWithOneQuestion(t *testing.T) {
	t.Parallel()
	c, s := cached(t, registry.CacheOptions{}, "acme", "other")
	acme := find(t, c, host("acme"))
	for _, key := range []tenant.Key{
		host("acme"), host("ACME"), tenant.BySlug("acme"), tenant.BySlug("Acme"), tenant.ByID(acme.ID),
		{Kind: tenant.KeyID, Value: strings.ToUpper(acme.ID.String())},
	} {
		if got := find(t, c, key); got != acme {
			t.Errorf("%s leads to another value", key)
		}
	}
	if got := s.questions(); got != 1 {
		t.Errorf("%d questions, want 1", got)
	}
}

func TestUnknownKeysReachTheRegistryOnce(t *testing.T) {
	t.Parallel()
	c, s := cached(t, registry.CacheOptions{}, "acme")
	ask := func() {
		t.Helper()
		if _, err := c.Lookup(t.Context(), host("nobody")); !errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("got %v, want tenant.ErrNotFound", err)
		}
	}
	for range 10 {
		ask()
	}
	for _, senseless := range []tenant.Key{
		{}, {Kind: tenant.KeyID, Value: "1"}, tenant.BySlug(""), tenant.ByHost("a\x00b"), tenant.ByHost(strings.Repeat("a", 300)),
	} {
		if _, err := c.Lookup(t.Context(), senseless); !errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("%s: got %v, want tenant.ErrNotFound", senseless, err)
		}
	}
	if got := s.questions(); got != 1 {
		t.Errorf("%d questions, want 1", got)
	}

	// Somebody signs up and takes the name: any change ends what was unknown.
	late := active("nobody")
	s.change(func() { s.tenants = append(s.tenants, late) })
	ask()
	c.Invalidate(late.ID)
	if got := find(t, c, host("nobody")); got.ID != late.ID {
		t.Errorf("got %s", got.Slug)
	}
}

func TestUnknownKeysExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cached(t, registry.CacheOptions{UnknownTTL: time.Second}, "acme")
		_, _ = c.Lookup(t.Context(), host("late"))
		s.change(func() { s.tenants = append(s.tenants, active("late")) })
		time.Sleep(2 * time.Second)
		find(t, c, host("late"))
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	var slugs []string
	for i := range 500 {
		slugs = append(slugs, fmt.Sprintf("t%d", i))
	}
	c, _ := cached(t, registry.CacheOptions{Tenants: 20, Unknown: 30}, slugs...)
	for _, slug := range slugs {
		find(t, c, host(slug))
		_, _ = c.Lookup(t.Context(), host("no-"+slug))
	}
	tenants, names, unknown := c.Sizes()
	if tenants > 20 || names > 80 || unknown > 30 {
		t.Errorf("%d tenants, %d names, %d unknown keys", tenants, names, unknown)
	}
}

func TestOneQuestionForAllWhoAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cached(t, registry.CacheOptions{}, "acme")
		s.gate = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Lookup(ctx, host("acme")); !errors.Is(err, context.Canceled) {
				t.Errorf("the first: got %v, want context.Canceled", err)
			}
		})
		synctest.Wait() // the first one asked
		for range 50 {
			wg.Go(func() { find(t, c, host("acme")) })
		}
		synctest.Wait()
		cancel() // it gives up, and the others still get their answer
		synctest.Wait()
		close(s.gate)
		wg.Wait()
		if got := s.questions(); got != 1 {
			t.Errorf("%d questions, want 1", got)
		}
	})
}

// The load reads the old record, is held up, and ends after the invalidation.
func TestAStaleReadIsNeverWrittenBack(t *testing.T) {
	for _, invalidate := range []struct {
		name string
		run  func(*registry.Cache, tenant.ID)
	}{
		{"of one", func(c *registry.Cache, id tenant.ID) { c.Invalidate(id) }},
		{"of all", func(c *registry.Cache, _ tenant.ID) { c.InvalidateAll() }},
	} {
		t.Run(invalidate.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := cached(t, registry.CacheOptions{}, "acme")
				id, gate := s.tenants[0].ID, make(chan struct{})
				s.gate = gate
				var wg sync.WaitGroup
				wg.Go(func() { find(t, c, host("acme")) })
				synctest.Wait()
				s.change(func() { s.tenants[0].Status, s.gate = tenant.Suspended, nil })
				invalidate.run(c, id)

				// Who asks from now on waits for the slow load and then asks again.
				wg.Go(func() {
					if got := find(t, c, host("acme")); got.Status != tenant.Suspended {
						t.Errorf("who waited: got status %s", got.Status)
					}
				})
				synctest.Wait()
				close(gate)
				wg.Wait()
				if got := find(t, c, tenant.ByID(id)); got.Status != tenant.Suspended {
					t.Errorf("afterwards: got status %s", got.Status)
				}
			})
		})
	}
}

// The same for a key that was nobody's when the load read.
func TestAStaleUnknownIsNeverWrittenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cached(t, registry.CacheOptions{})
		gate := make(chan struct{})
		s.gate = gate
		go func() { _, _ = c.Lookup(t.Context(), host("acme")) }()
		synctest.Wait()
		acme := active("acme")
		s.change(func() { s.tenants, s.gate = append(s.tenants, acme), nil })
		c.Invalidate(acme.ID)
		close(gate)
		synctest.Wait()
		find(t, c, host("acme"))
	})
}

// One writer changes, invalidates, and says so; no reader may see less afterwards.
func TestReadersNeverSeeLessThanWhatWasInvalidated(t *testing.T) {
	t.Parallel()
	c, s := cached(t, registry.CacheOptions{}, "acme")
	id := s.tenants[0].ID
	var least, stop atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		key := []tenant.Key{host("acme"), tenant.BySlug("acme"), tenant.ByID(id)}[i%3]
		wg.Go(func() {
			for stop.Load() == 0 {
				want := least.Load()
				got, err := c.Lookup(context.Background(), key)
				if err != nil || got.Revision < want {
					t.Errorf("got %+v, %v; want revision %d", got, err, want)
					return
				}
			}
		})
	}
	for n := int64(1); n <= 2000; n++ {
		s.change(func() {})
		switch n % 3 {
		case 0:
			c.InvalidateAll()
		case 1:
			c.Invalidate(id)
		case 2:
			if _, err := c.Refresh(context.Background(), id); err != nil {
				t.Error(err)
			}
		}
		least.Store(n)
	}
	stop.Store(1)
	wg.Wait()
}

func TestNamesThatChangeHands(t *testing.T) {
	t.Parallel()
	c, s := cached(t, registry.CacheOptions{}, "acme", "other")
	acme, other := s.tenants[0], s.tenants[1]
	find(t, c, tenant.BySlug("acme"))
	find(t, c, host("acme"))

	s.change(func() { acme.Slug, acme.Domains = "acme-two", nil })
	c.Invalidate(acme.ID)
	find(t, c, tenant.ByID(acme.ID))
	for _, key := range []tenant.Key{tenant.BySlug("acme"), host("acme")} {
		if got, err := c.Lookup(t.Context(), key); !errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("%s: got %v, %v; want tenant.ErrNotFound", key, got, err)
		}
	}
	s.change(func() { other.Slug = "acme" })
	c.Invalidate(other.ID)
	if got := find(t, c, tenant.BySlug("acme")); got.ID != other.ID {
		t.Errorf("slug acme leads to %s", got.Slug)
	}
	if got := find(t, c, tenant.BySlug("acme-two")); got.ID != acme.ID {
		t.Errorf("slug acme-two leads to %s", got.Slug)
	}
}

// Only the new tenant is notified of; what leads to the old one must end as well.
func TestANewTenantTakesTheNameOfOneThatIsBeingDeleted(t *testing.T) {
	t.Parallel()
	c, s := cached(t, registry.CacheOptions{}, "acme")
	old := s.tenants[0]
	s.change(func() { old.Status = tenant.Deleting })
	for range 3 {
		if got := find(t, c, tenant.BySlug("acme")); got.ID != old.ID {
			t.Errorf("got %s", got.ID)
		}
	}
	if got := s.questions(); got != 1 {
		t.Errorf("%d questions, want 1", got)
	}
	young := active("acme")
	s.change(func() { s.tenants = append(s.tenants, young) })
	c.Invalidate(young.ID)
	for _, key := range []tenant.Key{tenant.BySlug("acme"), host("acme")} {
		if got := find(t, c, key); got.ID != young.ID {
			t.Errorf("%s leads to the old tenant", key)
		}
	}
	if got := find(t, c, tenant.ByID(old.ID)); got.ID != old.ID {
		t.Error("the id of the old tenant leads to the new one")
	}
}

func TestRefreshReadsThroughAndIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cached(t, registry.CacheOptions{}, "acme")
		acme := find(t, c, host("acme"))
		s.change(func() { s.tenants[0].Placement.Epoch = 2 })
		gate := make(chan struct{})
		s.gate = gate
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				got, err := c.Refresh(t.Context(), acme.ID)
				if err != nil || got.Placement.Epoch != 2 {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		}
		synctest.Wait()
		close(gate)
		wg.Wait()
		// The one on its way, and one for all who came later.
		if got := s.questions() - 1; got > 2 {
			t.Errorf("%d questions, want at most 2", got)
		}
		if got := find(t, c, host("acme")); got.Placement.Epoch != 2 {
			t.Errorf("got epoch %d", got.Placement.Epoch)
		}
	})
}

func TestATenantThatIsGoneIsForgotten(t *testing.T) {
	t.Parallel()
	c, s := cached(t, registry.CacheOptions{}, "acme")
	acme := find(t, c, host("acme"))
	s.change(func() { s.tenants = nil })
	c.Invalidate(acme.ID)
	for range 3 {
		for _, key := range []tenant.Key{tenant.ByID(acme.ID), host("acme")} {
			if _, err := c.Lookup(t.Context(), key); !errors.Is(err, tenant.ErrNotFound) {
				t.Errorf("%s: got %v, want tenant.ErrNotFound", key, err)
			}
		}
	}
	if got := s.questions(); got != 3 {
		t.Errorf("%d questions, want one for the tenant and one for each key", got)
	}
}

func TestACacheThatIsClosed(t *testing.T) {
	noLeaks(t)
	c, s := cached(t, registry.CacheOptions{}, "acme", "other")
	find(t, c, host("other"))
	s.gate = make(chan struct{}) // never opened
	failed := make(chan error, 1)
	go func() {
		_, err := c.Lookup(context.Background(), host("acme"))
		failed <- err
	}()
	for s.questions() < 2 {
		time.Sleep(time.Millisecond)
	}
	c.Close()
	if got := s.running.Load(); got != 0 {
		t.Errorf("%d questions are still on their way", got)
	}
	if err := <-failed; !errors.Is(err, registry.ErrClosed) {
		t.Errorf("who waited: got %v, want ErrClosed", err)
	}
	if _, err := c.Lookup(context.Background(), host("acme")); !errors.Is(err, registry.ErrClosed) {
		t.Errorf("a miss: got %v, want ErrClosed", err)
	}
	find(t, c, host("other"))
}
