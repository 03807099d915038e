package proxy

import (
	"cmp"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const wildcard = "*."

func checkCertificates(certificates []Certificate) ([]Certificate, error) {
	checked := make([]Certificate, 0, len(certificates))
	for _, c := range certificates {
		name, wild := strings.CutPrefix(c.Host, wildcard)
		host, err := ident.Host(name)
		if err != nil {
			return nil, err
		}
		if wild {
			host = wildcard + host
		}
		for _, path := range []string{c.File, c.Key} {
			if err := checkPath(path); err != nil {
				return nil, err
			}
		}
		checked = append(checked, Certificate{host, c.File, c.Key})
	}
	slices.SortFunc(checked, func(a, b Certificate) int { return cmp.Compare(a.Host, b.Host) })
	for i := 1; i < len(checked); i++ {
		if checked[i-1].Host == checked[i].Host {
			return nil, invalid("certificate", checked[i].Host, "is named twice")
		}
	}
	return checked, nil
}

// checkPath refuses what a proxy would read as more than a path: it is written
// between quotes, where $ and { are variables.
func checkPath(path string) error {
	strange := func(c rune) bool { return c < ' ' || c == 0x7f || strings.ContainsRune("\"'`\\${}", c) }
	switch {
	case !filepath.IsAbs(path):
		return invalid("certificate", path, "is not an absolute path")
	case strings.ContainsFunc(path, strange):
		return invalid("certificate", path, "has a character that means something to a proxy: rename the file")
	}
	return nil
}

func checkListen(listen []string, usual string) ([]string, error) {
	if len(listen) == 0 {
		return []string{usual}, nil
	}
	checked := make([]string, 0, len(listen))
	for _, raw := range listen {
		address, err := listenAddress(raw)
		if err != nil {
			return nil, err
		}
		checked = append(checked, address)
	}
	return checked, nil
}

// listenAddress is a port alone, or an IP address and a port.
func listenAddress(raw string) (string, error) {
	if number, err := strconv.ParseUint(raw, 10, 16); err == nil && number > 0 {
		return strconv.FormatUint(number, 10), nil
	}
	address, err := ident.HostPort(raw)
	if err != nil {
		return "", err
	}
	if host, _, _ := net.SplitHostPort(address); !ident.IsAddress(host) {
		return "", invalid("listen", raw, "needs a port, or an IP address and a port")
	}
	return address, nil
}

// checkHeaders adds the headers that are always taken out, and leaves out those that
// the proxy sets itself.
func checkHeaders(names []string) ([]string, error) {
	kept := claims()
	for _, name := range names {
		if name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return nil, invalid("header", name, "is not the name of a header")
		}
		known := func(other string) bool { return strings.EqualFold(other, name) }
		if !slices.ContainsFunc(own(), known) && !slices.ContainsFunc(kept, known) {
			kept = append(kept, name)
		}
	}
	return kept, nil
}

// claims are headers that frameworks believe about where a request was sent. From a
// stranger they are lies.
func claims() []string {
	return []string{
		"X-Forwarded-Server", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Scheme", "X-Forwarded-Ssl",
		"X-Host", "X-Original-Host", "X-HTTP-Host-Override", "X-Original-URL", "X-Rewrite-URL",
	}
}

// own are the headers that both proxies set, and one that sites need.
func own() []string {
	return []string{
		"Host", "Connection", "Upgrade", "Cookie", "Forwarded",
		"X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
	}
}

func invalid(field, value, reason string) error {
	return &tenant.InvalidError{Field: field, Value: value, Reason: reason}
}
