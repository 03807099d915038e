package registry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// A pool without a free connection is no outage: who may be suspended is not served.
func TestABusyPoolIsNoOutage(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeExec)
	s := installed(t, registry.Pooled{Pool: db})
	acme, other := create(t, s, "acme"), create(t, s, "other")
	var told []error
	options := quiet(&told)
	options.LoadTimeout, options.TTL = 200*time.Millisecond, time.Millisecond
	c := registry.NewCache(s, options)
	t.Cleanup(c.Close)
	find(t, c, tenant.ByID(acme.ID))
	find(t, c, tenant.ByID(other.ID))
	for range db.Config().MaxConns {
		held, err := db.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer held.Release()
	}
	time.Sleep(5 * time.Millisecond) // both are old now
	c.Invalidate(acme.ID)
	if got, err := c.Lookup(t.Context(), tenant.ByID(acme.ID)); !errors.Is(err, registry.ErrBusy) {
		t.Errorf("the invalidated: got %v, %v; want ErrBusy", got, err)
	}
	find(t, c, tenant.ByID(other.ID)) // merely old
	if len(told) > 0 {
		t.Errorf("an outage was told of: %v", told)
	}
}
