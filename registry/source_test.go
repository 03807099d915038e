package registry_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// source is a registry in memory that a test can slow down or break.
type source struct {
	running atomic.Int64
	mu      sync.Mutex
	tenants []*tenant.Tenant
	asked   int
	broken  error
	// gate, if not nil, holds each answer back after it was read.
	gate chan struct{}
}

func (s *source) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	s.running.Add(1)
	defer s.running.Add(-1)
	s.mu.Lock()
	s.asked++
	t, err, gate := s.find(key), s.broken, s.gate
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			time.Sleep(10 * time.Millisecond) // as a real one hangs up
			return nil, ctx.Err()
		}
	}
	switch {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, tenant.ErrNotFound
	}
	return t, nil
}

func (s *source) List(context.Context, registry.Filter) ([]*tenant.Tenant, error) { return nil, nil }

func (s *source) find(key tenant.Key) *tenant.Tenant {
	var found *tenant.Tenant
	for _, t := range s.tenants {
		hit := key == tenant.ByID(t.ID) || key == tenant.BySlug(t.Slug)
		for _, d := range t.Domains {
			hit = hit || key == tenant.ByHost(d.Host)
		}
		if hit && (found == nil || t.Status.Live()) {
			found = t.Clone()
		}
	}
	return found
}

// change runs f on the tenants and counts up the revision of the first one.
func (s *source) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	if len(s.tenants) > 0 {
		s.tenants[0].Revision++
	}
}

func (s *source) questions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// cached returns a cache in front of a source of tenants, and checks at the end
// that nothing is left running.
func cached(t testing.TB, options registry.CacheOptions, slugs ...string) (*registry.Cache, *source) {
	t.Helper()
	s := &source{}
	for _, slug := range slugs {
		s.tenants = append(s.tenants, active(slug))
	}
	c := registry.NewCache(s, options)
	t.Cleanup(c.Close)
	return c, s
}

func find(t testing.TB, c *registry.Cache, key tenant.Key) *tenant.Tenant {
	t.Helper()
	found, err := c.Lookup(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// noLeaks fails if goroutines that the test started are still there at its end. Such a test is
// not parallel.
func noLeaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

func host(slug string) tenant.Key { return tenant.ByHost(strings.ToLower(slug) + ".example.com") }

// table is a registry that never changes.
type table map[tenant.Key]*tenant.Tenant

func (s table) Lookup(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
	if t := s[key]; t != nil {
		return t, nil
	}
	return nil, tenant.ErrNotFound
}

func (s table) List(context.Context, registry.Filter) ([]*tenant.Tenant, error) { return nil, nil }
