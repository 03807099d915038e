package resolve

import (
	"net/http"
	"net/netip"
	"net/textproto"
	"strings"
)

// Header reads the tenant (slug, id or domain) from a request header. Only a
// direct peer in trusted is believed; from everybody else the header counts as
// absent, and without trusted peers it always does. A trusted proxy must remove
// what clients send under the same name: two values are an error.
func Header(name string, trusted ...netip.Prefix) (Resolver, error) {
	if !headerName(name) {
		return nil, invalid("header", name, "is not the name of a header that can carry a tenant")
	}
	believed, err := trust(trusted)
	if err != nil {
		return nil, err
	}
	return header{textproto.CanonicalMIMEHeaderKey(name), believed}, nil
}

type header struct {
	name    string
	trusted peers
}

func (h header) Resolve(r *http.Request) (Match, error) {
	values := r.Header[h.name]
	if len(values) == 0 || !h.trusted.trusts(r.RemoteAddr) {
		return Match{}, nil
	}
	if len(values) > 1 {
		return Match{}, invalid("header", strings.Join(values, ", "), "names more than one tenant")
	}
	return matchKey(values[0])
}

// headerName refuses Host too: net/http takes it out of the headers.
func headerName(name string) bool {
	other := func(c rune) bool {
		return c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}
	return name != "" && !strings.ContainsFunc(name, other) && !strings.EqualFold(name, "Host")
}
