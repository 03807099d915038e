package isolationtest

import (
	"context"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// noTenant: who names no tenant gets none, whoever used the connection before.
func noTenant(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	for name, ctx := range map[string]context.Context{
		"background":    context.Background(),
		"nil tenant":    tenant.NewContext(s.Context(), nil),
		"empty tenant":  tenant.NewContext(s.Context(), &tenant.Tenant{}),
		"inner nothing": tenant.NewContext(s.as(a), nil),
	} {
		s.part(name, func(s *stage) {
			s.sees(door, a)
			_, err := owner(ctx, door)
			s.is("query", err, tenant.ErrMissing)
			_, err = door.Exec(ctx, "UPDATE notes SET body = 'nobody'")
			s.is("exec", err, tenant.ErrMissing)
			tx, err := door.Begin(ctx)
			s.is("begin", err, tenant.ErrMissing)
			if err == nil {
				_ = tx.Rollback(ctx)
			}
			s.untouched(a)
		})
	}
	s.part("unknown tenant", func(s *stage) {
		stranger := &tenant.Tenant{ID: tenant.NewID(), Slug: a.Slug, Status: tenant.Active, Placement: a.Placement}
		_, err := owner(s.as(stranger), door)
		s.is("the slug and placement of another", err, tenant.ErrNotFound)
	})
	s.part("another's transaction", func(s *stage) {
		tx := s.begin(door, a)
		_, err := tx.Exec(s.as(b), "UPDATE notes SET body = 'b was here'")
		s.is("exec", err, tenant.ErrMismatch)
		_, err = owner(s.as(b), tx)
		s.is("query", err, tenant.ErrMismatch)
		s.must("commit", tx.Commit(s.as(a)))
		s.untouched(a)
		s.untouched(b)
	})
}
