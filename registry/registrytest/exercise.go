// Package registrytest is the suite that every [registry.Store] must pass.
package registrytest

import (
	"testing"

	"github.com/rowhouse-go/rowhouse/registry"
)

// Exercise runs the whole suite as parallel subtests of t. open returns an empty
// store that nothing else uses, and may register its closing with t.Cleanup; it
// must allow 16 goroutines at once.
func Exercise(t *testing.T, open func(t *testing.T) registry.Store) {
	groups := []struct {
		name string
		test func(*testing.T, registry.Store)
	}{
		{"lookup", lookup},
		{"round trip", roundTrip},
		{"unknown keys", unknownKeys},
		{"invalid", invalid},
		{"unique among live", uniqueAmongLive},
		{"case twins", caseTwins},
		{"deletion and reuse", deletionAndReuse},
		{"restore conflict", restoreConflict},
		{"domains", domains},
		{"hosts change hands", hostsChangeHands},
		{"placement", placement},
		{"update", update},
		{"optimistic conflict", optimisticConflict},
		{"concurrent creates", concurrentCreates},
		{"filters", filters},
		{"events", events},
		{"versions", versions},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			g.test(t, open(t))
		})
	}
}
