package ident

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Limits of a host name in bytes, in its ASCII form (RFC 1035, section 2.3.4).
const (
	MaxHost  = 253
	MaxLabel = 63
)

// maxRawHost bounds the work that hostile input can cause. No name of MaxHost
// bytes in punycode is longer in UTF-8.
const maxRawHost = 4 * MaxHost

// Host returns the one canonical form of a host as it stands in a Host header:
// without port and final dot, lower case, international names in punycode,
// addresses as [netip.Addr] writes them and without brackets.
// Failures are [*tenant.InvalidError]. A host that is canonical already costs no
// allocation.
func Host(raw string) (string, error) {
	if host := plainHost(raw); canonical(host) {
		return host, nil
	}
	host, fault := hostOnly(raw)
	if fault == "" {
		host, fault = rewrite(host)
	}
	if fault != "" {
		return "", invalidHost(raw, fault)
	}
	return host, nil
}

// Domain is [Host] for a name that is to be a tenant's own. It refuses what
// nobody owns alone: public suffixes such as co.uk, addresses, and localhost.
// Names below localhost and names without a dot are fine: they are internal.
func Domain(raw string) (string, error) {
	host, err := Host(raw)
	if err != nil {
		return "", err
	}
	if fault := ownerFault(host); fault != "" {
		return "", invalidHost(raw, fault)
	}
	return host, nil
}

// PublicSuffix reports whether a canonical host is a suffix under which the
// public registers names (com, co.uk), as the registries of ICANN declare them.
func PublicSuffix(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	return icann && suffix == host
}

// IsAddress reports whether a canonical host is an IP address.
func IsAddress(host string) bool {
	// Host lets nothing else through that has a colon or ends in a number.
	return strings.IndexByte(host, ':') >= 0 || numeric(lastLabel(host))
}

func ownerFault(host string) string {
	switch {
	case host == "localhost":
		return "means this machine; register a name below it, such as acme.localhost"
	case IsAddress(host):
		return "is an address; register a name"
	case PublicSuffix(host):
		return "is a public suffix; register a name below it"
	}
	return ""
}

func invalidHost(raw, reason string) error {
	return &tenant.InvalidError{Field: "host", Value: raw, Reason: reason}
}

// plainHost is [hostOnly] for names, which nearly every request has.
func plainHost(raw string) string {
	if i := strings.IndexByte(raw, ':'); i >= 0 && port(raw[i+1:]) {
		raw = raw[:i]
	}
	return strings.TrimSuffix(raw, ".")
}

// hostOnly takes off port and final dot. A bracketed IPv6 address keeps its
// brackets, an IPv6 address without brackets has no port.
func hostOnly(raw string) (host, fault string) {
	if len(raw) > maxRawHost {
		return "", "is longer than 253 bytes"
	}
	host = raw
	if i := strings.LastIndexByte(raw, ':'); i >= 0 && !bareIPv6(raw) && !strings.HasSuffix(raw, "]") {
		if !port(raw[i+1:]) {
			return "", "has a malformed port"
		}
		host = raw[:i]
	}
	if strings.ContainsAny(host, "[:") {
		return host, ""
	}
	return strings.TrimSuffix(host, "."), ""
}

func bareIPv6(s string) bool {
	return s[0] != '[' && strings.Count(s, ":") > 1
}

// port accepts what RFC 3986 does: digits, or nothing after the colon.
func port(s string) bool {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		if n = n*10 + int(s[i]-'0'); n > 65535 {
			return false
		}
	}
	return true
}

// rewrite makes the canonical form of a host that is not canonical.
func rewrite(host string) (canon, fault string) {
	if strings.ContainsAny(host, ":[]") {
		return address(host)
	}
	if fault := charFault(host); fault != "" {
		return "", fault
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if fault := nameFault(ascii); fault != "" {
		return "", fault
	}
	if err != nil {
		return "", "is not a valid international name"
	}
	if numeric(lastLabel(ascii)) {
		return address(ascii)
	}
	return ascii, ""
}

// address canonicalises an IP address. The IPv6 form of an IPv4 address is that
// IPv4 address, so that one machine has one name.
func address(host string) (canon, fault string) {
	text, bracketed := strings.CutPrefix(host, "[")
	if bracketed {
		text, bracketed = strings.CutSuffix(text, "]")
		if !bracketed || !strings.Contains(text, ":") {
			return "", "has unbalanced or misplaced brackets"
		}
	}
	addr, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return "", "looks like an IP address but is none"
	case addr.Zone() != "":
		return "", "has an IPv6 zone, which means something on one machine only"
	}
	return addr.Unmap().String(), ""
}
