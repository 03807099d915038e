// Package proxy makes the configuration of the front proxy, nginx or Caddy, from the
// list of tenants: the hosts of a silo lead to the silo's own application, all other
// hosts to the shared application, which also answers for hosts that nobody has.
//
// What the registry holds is data here. Hosts and addresses are written only in the
// canonical form that internal/ident gives them, which has no character that means
// anything to a proxy.
package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// Site is what a proxy is to serve.
type Site struct {
	// Upstream is the shared application as "host:port".
	Upstream string
	// Routes are the hosts that lead elsewhere.
	Routes []Route
	// Listen and ListenTLS are where nginx listens: a port, or an address and a port.
	// Empty means 80 and 443. Caddy decides by itself.
	Listen, ListenTLS []string
	// Certificates are those that the proxy does not get by itself.
	Certificates []Certificate
	// Drop are the request headers that name a tenant to the application: what a
	// stranger sends under such a name must not reach it. Headers that frameworks
	// believe about the host or the address are always dropped, and so are those whose
	// names have an underscore, which many applications take for a hyphen.
	Drop []string
}

// Route leads a host to a silo's application.
type Route struct {
	Host     string
	Upstream string // "host:port"
}

// Certificate is a certificate and its key for a host, or for all names one label
// below one: "*.polls.example". A host of its own wins over the wildcard.
type Certificate struct {
	Host      string
	File, Key string // absolute paths of PEM files
}

// ErrAmbiguous: one host would lead to two applications.
var ErrAmbiguous = errors.New("leads to two applications")

// checked returns the site with everything in canonical form, in an order that
// depends on nothing else.
func (s Site) checked() (Site, error) {
	upstream, err := ident.HostPort(s.Upstream)
	if err != nil {
		return s, fmt.Errorf("the shared application: %w", err)
	}
	s.Upstream = upstream
	if s.Routes, err = checkRoutes(s.Routes); err != nil {
		return s, err
	}
	if s.Certificates, err = checkCertificates(s.Certificates); err != nil {
		return s, err
	}
	if s.Listen, err = checkListen(s.Listen, "80"); err != nil {
		return s, err
	}
	if s.ListenTLS, err = checkListen(s.ListenTLS, "443"); err != nil {
		return s, err
	}
	s.Drop, err = checkHeaders(s.Drop)
	return s, err
}

func checkRoutes(routes []Route) ([]Route, error) {
	checked := make([]Route, 0, len(routes))
	for _, r := range routes {
		host, err := ident.Domain(r.Host)
		if err != nil {
			return nil, err
		}
		upstream, err := ident.HostPort(r.Upstream)
		if err != nil {
			return nil, fmt.Errorf("the application of %s: %w", host, err)
		}
		checked = append(checked, Route{host, upstream})
	}
	slices.SortFunc(checked, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Upstream, b.Upstream))
	})
	checked = slices.Compact(checked)
	for i := 1; i < len(checked); i++ {
		if a, b := checked[i-1], checked[i]; a.Host == b.Host {
			return nil, fmt.Errorf("host %s: %w: %s and %s", a.Host, ErrAmbiguous, a.Upstream, b.Upstream)
		}
	}
	return checked, nil
}

// upstreams returns the addresses of the routes, each once.
func (s Site) upstreams() []string {
	var all []string
	for _, r := range s.Routes {
		all = append(all, r.Upstream)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
