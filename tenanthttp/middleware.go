package tenanthttp

import (
	"context"
	"errors"
	"net/http"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

type middleware struct {
	resolver  resolve.Resolver
	directory Directory
	options   Options
	vary      string // headers that decide which tenant is meant
}

func (m *middleware) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if m.vary != "" {
		w.Header().Add("Vary", m.vary)
	}
	match, err := m.resolver.Resolve(r)
	if err == nil && match.Central {
		next.ServeHTTP(w, r)
		return
	}
	var t *tenant.Tenant
	if err == nil {
		t, err = m.lookup(r.Context(), match)
	}
	if err != nil {
		m.refuse(w, r, m.errorProblem(err))
		return
	}
	if t.Status != tenant.Active {
		if p, refused := m.statusProblem(t.Status, r.Method); refused {
			m.refuse(w, r, p)
			return
		}
	}
	m.enter(w, r, next, t, match.Strip)
}

// lookup never asks for what the resolver did not name.
func (m *middleware) lookup(ctx context.Context, match resolve.Match) (*tenant.Tenant, error) {
	if !match.Found() {
		return nil, tenant.ErrNotFound
	}
	t, err := m.directory.Lookup(ctx, match.Key)
	if err != nil && match.Fallback.Kind != tenant.KeyNone && errors.Is(err, tenant.ErrNotFound) {
		t, err = m.directory.Lookup(ctx, match.Fallback)
	}
	if err == nil && t == nil {
		err = errNoTenant
	}
	return t, err
}

// errNoTenant is a directory that breaks its contract: refuse, do not guess.
var errNoTenant = errors.New("the directory returned neither a tenant nor an error")

func (m *middleware) enter(w http.ResponseWriter, r *http.Request, next http.Handler, t *tenant.Tenant, prefix string) {
	if prefix == "" {
		next.ServeHTTP(w, scope(r, t, ""))
		return
	}
	outer := &prefixWriter{ResponseWriter: w, prefix: prefix, host: r.Host}
	inner := scope(r, t, prefix)
	inner.URL = stripped(r.URL, prefix)
	next.ServeHTTP(outer, inner)
	outer.putBack()
}

func (m *middleware) refuse(w http.ResponseWriter, r *http.Request, p Problem) {
	// A client that went away is not an outage.
	if p.Type == Unavailable && r.Context().Err() == nil {
		m.options.Log.ErrorContext(r.Context(), "tenant lookup failed", "host", r.Host, "error", p.Err)
	}
	m.options.Refuse(w, r, p)
}
