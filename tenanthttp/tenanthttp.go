// Package tenanthttp is net/http middleware: it resolves each request's tenant,
// puts it into the request's context and refuses requests that no tenant may
// serve. What it refuses, and how, is the table of [Problem].
//
// A central host passes through without a tenant, so that
// [tenant.FromContext] fails there.
package tenanthttp

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Directory finds tenants by key. Lookup is called for each request, so it
// should be a cache. An unknown key is a [tenant.ErrNotFound]; any other error
// means that the directory itself is out of order.
type Directory interface {
	Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error)
}

// Options changes what [New] does. The zero value is good.
type Options struct {
	// UnknownStatus answers for an unknown tenant: 404, or 403, which some front
	// ends expect. 0 is 404.
	UnknownStatus int
	// RetryAfter is what clients are told to wait where waiting helps.
	// 0 is five seconds; it is rounded up to whole seconds.
	RetryAfter time.Duration
	// Refuse answers instead of [Problem.Write], which it may call.
	Refuse func(http.ResponseWriter, *http.Request, Problem)
	// Log receives the directory's errors. nil is [slog.Default].
	Log *slog.Logger
}

// New returns middleware that asks resolver for each request's tenant key and
// directory for the tenant.
func New(resolver resolve.Resolver, directory Directory, options Options) func(http.Handler) http.Handler {
	m := &middleware{
		resolver:  resolver,
		directory: directory,
		options:   options.withDefaults(),
		vary:      strings.Join(resolve.Varies(resolver), ", "),
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.serve(w, r, next) })
	}
}

func (o Options) withDefaults() Options {
	if o.UnknownStatus == 0 {
		o.UnknownStatus = http.StatusNotFound
	}
	if o.RetryAfter <= 0 {
		o.RetryAfter = 5 * time.Second
	}
	if o.Refuse == nil {
		o.Refuse = func(w http.ResponseWriter, r *http.Request, p Problem) { p.Write(w, r) }
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}
