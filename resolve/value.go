package resolve

import (
	"net/http"
	"net/url"
)

// Query reads the tenant (slug, id or domain) from a query parameter. A
// parameter given twice is an error, and so is a query string that cannot be
// parsed: the parameter may be in it.
func Query(param string) (Resolver, error) {
	if param == "" {
		return nil, invalid("query parameter", param, "is empty")
	}
	what := "query parameter " + param
	return resolverFunc(func(r *http.Request) (Match, error) {
		if r.URL.RawQuery == "" {
			return Match{}, nil
		}
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return Match{}, invalid("query", r.URL.RawQuery, "cannot be parsed")
		}
		return single(what, query[param])
	}), nil
}

// Cookie reads the tenant (slug, id or domain) from a cookie. Two cookies of
// that name are an error: one of them was set by a neighbouring host.
func Cookie(name string) (Resolver, error) {
	if err := (&http.Cookie{Name: name}).Valid(); err != nil {
		return nil, invalid("cookie", name, "is not a cookie name")
	}
	return cookie(name), nil
}

type cookie string

func (name cookie) Resolve(r *http.Request) (Match, error) {
	var values []string
	for _, c := range r.CookiesNamed(string(name)) {
		values = append(values, c.Value)
	}
	return single("cookie "+string(name), values)
}

// Claim reads the tenant (slug, id or domain) from what the application has
// authenticated, such as a claim of a verified token. read returns false where
// the request carries none. It must not return what it has not verified.
func Claim(read func(*http.Request) (string, bool)) Resolver {
	return resolverFunc(func(r *http.Request) (Match, error) {
		value, ok := read(r)
		if !ok {
			return Match{}, nil
		}
		return matchKey(value)
	})
}

func single(what string, values []string) (Match, error) {
	switch len(values) {
	case 0:
		return Match{}, nil
	case 1:
		return matchKey(values[0])
	}
	return Match{}, invalid(what, values[0], "is given more than once")
}
