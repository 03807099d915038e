package doctor

import (
	"context"
	"net/http"
	"net/url"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// hosts asks the configured resolver about each registered host, as a request would.
func (e *exam) hosts(context.Context) error {
	if e.config.Resolve == nil {
		e.found(Warning, "hosts", "the configuration", "write resolve into it, such as [{subdomain: example.com}, {domain: true}]",
			"it does not say how a request names its tenant: the middleware refuses every request")
		return nil
	}
	for _, t := range e.tenants {
		if !t.Status.Live() {
			continue
		}
		for _, d := range t.Domains {
			e.host(t, d.Host)
		}
	}
	return nil
}

func (e *exam) host(t *tenant.Tenant, host string) {
	const check = "hosts"
	match, err := e.config.Resolve.Resolve(&http.Request{Method: http.MethodGet, Host: host, URL: &url.URL{Path: "/"}, Header: http.Header{}})
	object := "host " + host
	switch {
	case err != nil:
		e.found(Warning, check, object, "remove it with rowhouse domain remove "+t.Slug+" "+host, "requests for it are refused: %v", err)
	case match.Central:
		e.found(Warning, check, object, "remove it with rowhouse domain remove "+t.Slug+" "+host, "it belongs to tenant %s, but the configuration makes it a central host", t.Slug)
	case !match.Found():
		e.found(Warning, check, object, "add {domain: true} to resolve in the configuration", "it belongs to tenant %s, but nothing looks it up", t.Slug)
	case match.Key.Kind == tenant.KeySlug && match.Key.Value != t.Slug:
		e.found(Warning, check, object, "give the tenant another host", "it belongs to tenant %s, but leads to %s", t.Slug, match.Key.Value)
	}
}
