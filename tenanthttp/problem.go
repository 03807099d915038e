package tenanthttp

import (
	"errors"
	"net/http"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// The types of [Problem], which clients and tests compare.
const (
	Unknown      = "unknown-tenant"       // 404, or Options.UnknownStatus; also a malformed host or path
	Malformed    = "malformed-tenant"     // 400: a header, query, cookie or claim that can name no tenant
	Suspended    = "tenant-suspended"     // 403
	ReadOnly     = "tenant-read-only"     // 423: anything but GET, HEAD, OPTIONS, TRACE
	Provisioning = "tenant-provisioning"  // 503 with Retry-After
	Gone         = "tenant-gone"          // 410: being deleted, or deleted
	Failed       = "tenant-failed"        // 503: could not be set up
	Unavailable  = "registry-unavailable" // 503 with Retry-After: the directory failed
)

// Problem is a refusal, in the shape of RFC 9457.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// RetryAfter is how long a client should wait; 0 is not said.
	RetryAfter time.Duration `json:"-"`
	// Err is the cause, for logs. It may tell more than strangers should read.
	Err error `json:"-"`
}

// errorProblem answers for a key that led to no tenant.
func (m *middleware) errorProblem(err error) Problem {
	bad, invalid := errors.AsType[*tenant.InvalidError](err)
	switch {
	case errors.Is(err, tenant.ErrNotFound), invalid && (bad.Field == "host" || bad.Field == "path"):
		return Problem{
			Type: Unknown, Status: m.options.UnknownStatus, Err: err,
			Title:  "Unknown tenant",
			Detail: "Nobody is served at this address. Check how it is spelled.",
		}
	case invalid:
		return Problem{
			Type: Malformed, Status: http.StatusBadRequest, Err: err,
			Title:  "Malformed tenant",
			Detail: "The request names its tenant wrongly: " + bad.Error() + ".",
		}
	}
	return m.unavailable(err)
}

func (m *middleware) unavailable(err error) Problem {
	return Problem{
		Type: Unavailable, Status: http.StatusServiceUnavailable, Err: err,
		Title:      "Temporarily unavailable",
		Detail:     "Tenants cannot be looked up right now. Try again in a moment.",
		RetryAfter: m.options.RetryAfter,
	}
}
