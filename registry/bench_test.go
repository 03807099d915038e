package registry_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const manyTenants = 100_000

// many returns a warm cache of manyTenants and their keys of one kind.
func many(b *testing.B, key func(*tenant.Tenant) tenant.Key) (*registry.Cache, []tenant.Key) {
	b.Helper()
	tenants := make(map[tenant.Key]*tenant.Tenant, manyTenants)
	keys := make([]tenant.Key, manyTenants)
	for i := range keys {
		t := active(fmt.Sprintf("tenant-%d", i))
		keys[i] = key(t)
		tenants[keys[i]] = t
	}
	// Room to spare: the benchmark is of hits.
	c := registry.NewCache(table(tenants), registry.CacheOptions{Tenants: manyTenants + manyTenants/10})
	b.Cleanup(c.Close)
	for _, k := range keys {
		find(b, c, k)
	}
	return c, keys
}

func BenchmarkLookup(b *testing.B) {
	for _, kind := range []struct {
		name string
		key  func(*tenant.Tenant) tenant.Key
	}{
		{"host", func(t *tenant.Tenant) tenant.Key { return tenant.ByHost(t.PrimaryHost()) }},
		{"slug", func(t *tenant.Tenant) tenant.Key { return tenant.BySlug(t.Slug) }},
		{"id", func(t *tenant.Tenant) tenant.Key { return tenant.ByID(t.ID) }},
	} {
		b.Run(kind.name, func(b *testing.B) { benchmarkLookup(b, kind.key) })
	}
}

func benchmarkLookup(b *testing.B, key func(*tenant.Tenant) tenant.Key) {
	c, keys := many(b, key)
	var start atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := start.Add(7919); pb.Next(); i += 31 {
			if _, err := c.Lookup(b.Context(), keys[i%manyTenants]); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
