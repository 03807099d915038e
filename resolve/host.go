package resolve

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// HostOption changes how [Subdomain] and [Domain] read a request's host.
type HostOption func(*hosts) error

// ForwardedHost believes the header X-Forwarded-Host, which is otherwise ignored,
// from direct peers in trusted. Those must set it themselves: a list of hosts is
// an error.
func ForwardedHost(trusted ...netip.Prefix) HostOption {
	return func(h *hosts) (err error) {
		h.forwarders, err = trust(trusted)
		return err
	}
}

// Central names hosts of the product itself: requests for them have no tenant.
func Central(names ...string) HostOption {
	return func(h *hosts) error {
		for _, name := range names {
			host, err := ident.Host(name)
			if err != nil {
				return err
			}
			h.central = append(h.central, host)
		}
		return nil
	}
}

// hosts reads the canonical host of a request.
type hosts struct {
	central    []string // a few: comparing lengths beats hashing
	forwarders peers
}

func newHosts(options []HostOption) (hosts, error) {
	var h hosts
	for _, option := range options {
		if err := option(&h); err != nil {
			return hosts{}, err
		}
	}
	return h, nil
}

func (h *hosts) isCentral(host string) bool { return slices.Contains(h.central, host) }

func (h *hosts) of(r *http.Request) (string, error) {
	raw := r.Host
	if forwarded := r.Header["X-Forwarded-Host"]; len(forwarded) > 0 && h.forwarders.trusts(r.RemoteAddr) {
		if len(forwarded) > 1 {
			return "", invalid("host", forwarded[0], "is one of several in X-Forwarded-Host")
		}
		raw = forwarded[0]
	}
	return ident.Host(raw)
}

// reason returns the part of an InvalidError that says what is wrong.
func reason(err error) string {
	if bad, ok := errors.AsType[*tenant.InvalidError](err); ok {
		return bad.Reason
	}
	return err.Error()
}
