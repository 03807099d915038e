package lifecycle_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// An abandoned tenant is gone when its data are, and not before.
func TestAbandon(t *testing.T) {
	t.Parallel()
	s := install(t)
	broken := errors.New("the disk is broken")
	for _, way := range [][]string{{}, {"suspend"}, {"delete"}} {
		one := s.create(t, "acme")
		s.must(t, one.ID, way...)
		removed := 0
		for _, run := range []struct {
			fails error
			want  tenant.Status
			times int
		}{{broken, tenant.Deleting, 1}, {nil, tenant.Deleted, 2}, {broken, tenant.Deleted, 2}} {
			_, err := s.Abandon(t.Context(), one.ID, func(_ context.Context, given *tenant.Tenant) error {
				removed++
				if given.ID != one.ID || given.Status != tenant.Deleting {
					t.Errorf("after %q: remove is given %+v", way, given)
				}
				return run.fails
			})
			if (err != nil) != (run.want == tenant.Deleting) || err != nil && !errors.Is(err, broken) {
				t.Errorf("after %q: %v", way, err)
			}
			got, err := s.Find(t.Context(), tenant.ByID(one.ID))
			if err != nil || got.Status != run.want || removed != run.times || got.Version != 0 && run.want == tenant.Deleted {
				t.Errorf("after %q: %+v, %v, removed %d times", way, got, err, removed)
			}
		}
	}
}
