package main

import (
	"bytes"
	"html/template"
	"net"
	"net/http"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// indexPage lists the tenants on hosts that are nobody's.
const indexPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rowhouse demo</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #222; background: #fff }
ul { list-style: none; padding: 0 }
a { display: block; margin: .75rem 0; padding: .75rem 1rem; border: 1px solid #ccc; border-left: .75rem solid; border-radius: .25rem; text-decoration: none }
a span { color: #222 }
small { display: block; color: #555 }
code { background: #f2f2f2; padding: .1rem .3rem }
</style>
<h1>Rowhouse demo</h1>
<p>One program, {{.What}}, {{.Each}} for each customer:</p>
<ul>
{{- range .Tenants}}
<li><a href="{{.URL}}" style="border-left-color: {{.Color}}"><span>{{.Name}}</span><small>{{.URL}}</small></a></li>
{{- else}}
<li>nobody yet</li>
{{- end}}
</ul>
<p>Make another one from a terminal: <code>rowhouse tenant create loki</code></p>
</html>
`

// link is a tenant on the page.
type link struct{ Name, URL, Color string }

func (d *demo) index(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	tenants, err := d.house.Registry().List(r.Context(), registry.Filter{Statuses: []tenant.Status{tenant.Active, tenant.ReadOnly}})
	if err != nil {
		http.Error(w, "The database does not answer.", http.StatusServiceUnavailable)
		return
	}
	var page bytes.Buffer
	if err := template.Must(template.New("index").Parse(indexPage)).Execute(&page, d.links(tenants)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = page.WriteTo(w) // the client may have gone
}

func (d *demo) links(tenants []*tenant.Tenant) any {
	addr := d.listener.Addr().String()
	each, what := engineWords(d.engine, d.level)
	var out []link
	for _, t := range tenants {
		color, _ := tenant.Setting[string](t.Settings, "color")
		out = append(out, link{t.Name, demoURL(t.Slug, addr), color})
	}
	return struct {
		Tenants    []link
		Each, What string
	}{out, each, what}
}

// demoURL is where a tenant is served.
func demoURL(slug, addr string) string {
	host := slug + "." + demoHost
	if _, port, err := net.SplitHostPort(addr); err == nil && port != "80" {
		host = net.JoinHostPort(host, port)
	}
	return "http://" + host + "/"
}
