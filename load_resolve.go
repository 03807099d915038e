package rowhouse

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/rowhouse-go/rowhouse/resolve"
)

// fileResolver is one entry of resolve; exactly one of its keys is set.
type fileResolver struct {
	Subdomain string   `yaml:"subdomain"`
	Domain    bool     `yaml:"domain"`
	Header    string   `yaml:"header"`
	Trust     []string `yaml:"trust"`
	Central   []string `yaml:"central"`
	Path      string   `yaml:"path"`
	Query     string   `yaml:"query"`
	Cookie    string   `yaml:"cookie"`
	Default   string   `yaml:"default"`
}

func resolvers(entries []fileResolver) (resolve.Resolver, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	chain := make([]resolve.Resolver, 0, len(entries))
	for i, e := range entries {
		r, err := e.resolver()
		if err != nil {
			return nil, fmt.Errorf("resolve[%d]: %w", i, err)
		}
		chain = append(chain, r)
	}
	return resolve.Chain(chain...), nil
}

func (e fileResolver) resolver() (resolve.Resolver, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	switch {
	case e.Subdomain != "":
		return resolve.Subdomain(e.Subdomain, resolve.Central(e.Central...))
	case e.Domain:
		return resolve.Domain(resolve.Central(e.Central...))
	case e.Header != "":
		return e.header()
	case e.Path != "":
		return resolve.Path(e.Path)
	case e.Query != "":
		return resolve.Query(e.Query)
	case e.Cookie != "":
		return resolve.Cookie(e.Cookie)
	}
	return resolve.Default(e.Default)
}

func (e fileResolver) header() (resolve.Resolver, error) {
	trusted := make([]netip.Prefix, 0, len(e.Trust))
	for _, text := range e.Trust {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("trust %q: name networks, such as 10.0.0.0/8, or 127.0.0.1/32 for one address", text)
		}
		trusted = append(trusted, network)
	}
	return resolve.Header(e.Header, trusted...)
}

// check wants one way of resolving in each entry: their order matters.
func (e fileResolver) check() error {
	set := 0
	for _, is := range []bool{
		e.Subdomain != "", e.Domain, e.Header != "", e.Path != "", e.Query != "", e.Cookie != "", e.Default != "",
	} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return errors.New("name exactly one of subdomain, domain, header, path, query, cookie, default")
	case len(e.Trust) > 0 && e.Header == "":
		return errors.New("trust belongs to header")
	case len(e.Central) > 0 && e.Subdomain == "" && !e.Domain:
		return errors.New("central belongs to subdomain or domain")
	}
	return nil
}
