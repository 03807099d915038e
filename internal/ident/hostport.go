package ident

import (
	"net"
	"strconv"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// HostPort returns the canonical form of an address that a program can be reached at:
// a host as [Host] writes it, a colon and a port above 0. An IPv6 address has
// brackets. Failures are [*tenant.InvalidError].
func HostPort(raw string) (string, error) {
	name, digits, err := net.SplitHostPort(raw)
	if err != nil {
		return "", invalidAddress(raw, `is not of the form "host:port"`)
	}
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || number == 0 {
		return "", invalidAddress(raw, "needs a port from 1 to 65535")
	}
	host, err := Host(name)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(host, strconv.FormatUint(number, 10)), nil
}

func invalidAddress(raw, reason string) error {
	return &tenant.InvalidError{Field: "address", Value: raw, Reason: reason}
}
