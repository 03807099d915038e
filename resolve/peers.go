package resolve

import (
	"net/netip"
	"slices"
)

// peers are the addresses whose headers are believed. None, unless told.
type peers []netip.Prefix

func trust(prefixes []netip.Prefix) (peers, error) {
	for _, p := range prefixes {
		if !p.IsValid() {
			return nil, invalid("trusted network", p.String(), "is not an address with a prefix length, such as 127.0.0.1/32")
		}
	}
	return slices.Clone(prefixes), nil
}

// trusts reports whether the direct peer is one of p. A peer without an IP
// address (a Unix socket) is not.
func (p peers) trusts(remoteAddr string) bool {
	if len(p) == 0 {
		return false
	}
	peer, err := netip.ParseAddrPort(remoteAddr)
	if err != nil {
		return false
	}
	addr := peer.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(addr) })
}
