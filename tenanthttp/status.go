package tenanthttp

import (
	"fmt"
	"net/http"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// statusProblem answers for a tenant that is not active and whose status does not
// allow this method. A status that it does not know is refused.
func (m *middleware) statusProblem(s tenant.Status, method string) (p Problem, refused bool) {
	switch s {
	case tenant.ReadOnly:
		return readOnly(), writes(method)
	case tenant.Suspended:
		return suspended(), true
	case tenant.Provisioning:
		return m.provisioning(), true
	case tenant.Deleting, tenant.Deleted:
		return gone(), true
	case tenant.Failed:
		return failed(), true
	}
	return m.unavailable(fmt.Errorf("tenanthttp: unknown tenant status %q", s)), true
}

func writes(method string) bool {
	switch method {
	// net/http takes "" for GET.
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	return true
}

func readOnly() Problem {
	return Problem{
		Type: ReadOnly, Status: http.StatusLocked,
		Title:  "Read only",
		Detail: "This account can be read but not changed at the moment.",
	}
}

func suspended() Problem {
	return Problem{
		Type: Suspended, Status: http.StatusForbidden,
		Title:  "Suspended",
		Detail: "This account is suspended. Its data is kept.",
	}
}

func (m *middleware) provisioning() Problem {
	return Problem{
		Type: Provisioning, Status: http.StatusServiceUnavailable,
		Title:      "Almost ready",
		Detail:     "This account is being set up. Try again in a moment.",
		RetryAfter: m.options.RetryAfter,
	}
}

func gone() Problem {
	return Problem{
		Type: Gone, Status: http.StatusGone,
		Title:  "Gone",
		Detail: "This account was deleted.",
	}
}

func failed() Problem {
	return Problem{
		Type: Failed, Status: http.StatusServiceUnavailable,
		Title:  "Not set up",
		Detail: "This account could not be set up. Its operator has to look into it.",
	}
}
