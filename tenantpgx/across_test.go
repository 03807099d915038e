package tenantpgx_test

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

const rename = "UPDATE polls SET question = question || '!' WHERE id = $1"

func TestAcrossIsOneTransaction(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	cases := map[string]struct {
		end  error
		want string
	}{"commits": {nil, "!"}, "rolls back": {boom, ""}}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			err := w.db.Across(t.Context(), []*tenant.Tenant{w.a, w.b}, func(tx *tenantpgx.AcrossTx) error {
				for _, who := range []*tenant.Tenant{w.a, w.b, w.a, w.b} {
					if _, err := tx.In(who).Exec(t.Context(), "SELECT 1"); err != nil {
						return err
					}
				}
				for _, who := range []*tenant.Tenant{w.b, w.a} {
					reads(t, tx.In(who), who)
					if _, err := tx.In(who).Exec(t.Context(), rename, 1); err != nil {
						return err
					}
				}
				return c.end
			})
			if !errors.Is(err, c.end) {
				t.Fatal(err)
			}
			for _, who := range []*tenant.Tenant{w.a, w.b} {
				var got string
				if err := w.db.QueryRow(as(t, who), byKey, 1).Scan(&got); err != nil || got != who.Slug+c.want {
					t.Errorf("%s reads %q, %v", who.Slug, got, err)
				}
			}
		})
	}
}

func TestAcrossKnowsItsTenantsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var kept *tenantpgx.AcrossTx
	err := w.db.Across(t.Context(), []*tenant.Tenant{w.a}, func(tx *tenantpgx.AcrossTx) error {
		kept = tx
		_, err := tx.In(w.b).Exec(t.Context(), rename, 1)
		return err
	})
	if !errors.Is(err, tenant.ErrMismatch) {
		t.Errorf("a tenant that was not named: %v", err)
	}
	if _, err := kept.In(w.a).Exec(t.Context(), rename, 1); err == nil {
		t.Error("a transaction that is over writes")
	}
	if err := w.db.Across(t.Context(), nil, nil); !errors.Is(err, tenant.ErrMissing) {
		t.Errorf("nobody is named: %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = w.db.Across(t.Context(), []*tenant.Tenant{w.a, w.b}, func(tx *tenantpgx.AcrossTx) error {
			_, _ = tx.In(w.a).Exec(t.Context(), rename, 1)
			panic("in the middle")
		})
	}()
	w.idle(t)
}
