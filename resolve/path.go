package resolve

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Path reads the slug that follows prefix in the path: with "/t/", the request
// /t/acme/polls names acme and [Match.Strip] is "/t/acme". prefix begins and
// ends with a slash. The slug must be spelled plainly: percent-encoding it is an
// error.
//
// All tenants then share one host, which is one origin to a browser: scripts of one
// tenant's pages can read another's. The middleware confines cookies to the tenant's
// path. Where tenants do not trust each other, give each a host.
func Path(prefix string) (Resolver, error) {
	if !plainPrefix(prefix) {
		return nil, invalid("path prefix", prefix, "must be a plain path that begins and ends with a slash, such as /t/")
	}
	return path(prefix), nil
}

func plainPrefix(prefix string) bool {
	clean, err := url.JoinPath("/", prefix)
	return err == nil && clean == prefix && strings.HasSuffix(prefix, "/") && !strings.Contains(prefix, "%")
}

type path string

func (p path) Resolve(r *http.Request) (Match, error) {
	if !strings.HasPrefix(r.URL.Path, string(p)) {
		return Match{}, nil
	}
	// The spelling counts: %2F in the decoded path would look like a separator.
	escaped := r.URL.EscapedPath()
	rest, ok := strings.CutPrefix(escaped, string(p))
	if !ok || rest == "" {
		return Match{}, nil
	}
	slug, _, _ := strings.Cut(rest, "/")
	if err := ident.Slug(slug); err != nil {
		return Match{}, invalid("path", slug, "does not name a tenant: "+reason(err))
	}
	return Match{Key: tenant.BySlug(slug), Strip: escaped[:len(p)+len(slug)]}, nil
}
