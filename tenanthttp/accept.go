package tenanthttp

import (
	"strconv"
	"strings"
)

// prefersHTML reports whether an Accept header ranks text/html above JSON. Where
// it ranks them alike, as */* does, the client is a program.
func prefersHTML(accept []string) bool {
	var page, data rank
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, q := mediaRange(part)
		page.see(kind, q, "text/html", "text/*")
		data.see(kind, q, "application/problem+json", "application/json", "application/*")
	}
	return page.q > data.q
}

// rank is the quality of one choice. What names it closely beats a wildcard.
type rank struct {
	q     float64
	exact bool
}

func (r *rank) see(kind string, q float64, names ...string) {
	for _, name := range names {
		if kind == name {
			r.take(q, !strings.HasSuffix(name, "*"))
			return
		}
	}
	if kind == "*/*" {
		r.take(q, false)
	}
}

func (r *rank) take(q float64, exact bool) {
	switch {
	case exact && !r.exact:
		r.q, r.exact = q, true
	case exact == r.exact:
		r.q = max(r.q, q)
	}
}

// mediaRange splits one element of an Accept header. A quality that cannot be
// read is 0: not wanted.
func mediaRange(element string) (kind string, q float64) {
	kind, params, _ := strings.Cut(element, ";")
	kind, q = strings.ToLower(strings.TrimSpace(kind)), 1
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "q") {
			q, _ = strconv.ParseFloat(value, 64)
		}
	}
	return kind, q
}
