package tenant

import "context"

type contextKey struct{}

// NewContext returns a context that names t. Contexts nest: the inner tenant
// holds for the inner context, and the outer one is untouched.
func NewContext(ctx context.Context, t *Tenant) context.Context {
	return &Scope{Context: ctx, Tenant: t}
}

// Scope is a context that names Tenant: what [NewContext] returns, for callers that
// allocate it together with something else.
type Scope struct {
	context.Context
	Tenant *Tenant
}

// Value implements [context.Context].
func (s *Scope) Value(key any) any {
	if key == (contextKey{}) {
		return s.Tenant
	}
	return s.Context.Value(key)
}

// FromContext returns the tenant that ctx names, or [ErrMissing]: there is never
// a silent default.
func FromContext(ctx context.Context) (*Tenant, error) {
	t, _ := ctx.Value(contextKey{}).(*Tenant)
	if t == nil || t.ID.IsZero() {
		return nil, ErrMissing
	}
	return t, nil
}
