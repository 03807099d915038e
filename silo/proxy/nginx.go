package proxy

import (
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"text/template"
)

//go:embed nginx.tmpl
var nginxText string

// silo is an application of one tenant, its name in the configuration and its hosts.
type silo struct {
	Name, Upstream string
	Hosts          []string
}

// page is what the templates print.
type page struct {
	Site
	Silos    []silo
	Large    bool // more, or longer, hosts than nginx takes without being told
	HashSize int
}

// Nginx returns the configuration for nginx, to be included in its http block.
// Failures are [*tenant.InvalidError] and [ErrAmbiguous].
func Nginx(s Site) ([]byte, error) { return render("nginx", nginxText, s) }

func render(name, text string, s Site) ([]byte, error) {
	checked, err := s.checked()
	if err != nil {
		return nil, fmt.Errorf("proxy configuration: %w", err)
	}
	parsed, err := template.New(name).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("proxy configuration: %w", err)
	}
	var b bytes.Buffer
	if err := parsed.Execute(&b, newPage(checked)); err != nil {
		return nil, fmt.Errorf("proxy configuration: %w", err)
	}
	return b.Bytes(), nil
}

func newPage(s Site) page {
	const (
		usualHosts  = 1000
		usualLength = 40
	)
	p := page{Site: s, HashSize: max(2048, 4*len(s.Routes)), Large: len(s.Routes) > usualHosts}
	at := map[string]int{}
	for i, upstream := range s.upstreams() {
		at[upstream] = i
		p.Silos = append(p.Silos, silo{Name: "rowhouse_silo_" + strconv.Itoa(i+1), Upstream: upstream})
	}
	for _, r := range s.Routes {
		to := &p.Silos[at[r.Upstream]]
		to.Hosts = append(to.Hosts, r.Host)
		p.Large = p.Large || len(r.Host) > usualLength
	}
	return p
}
