package tenanthttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

func TestAcceptChoosesTheForm(t *testing.T) {
	t.Parallel()
	const page, data = "text/html; charset=utf-8", "application/problem+json"
	for accept, want := range map[string]string{
		"": data, "*/*": data, "application/json": data, "application/problem+json": data, "image/webp,*/*;q=0.8": data,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": page,
		"text/html":                page,
		"TEXT/HTML; charset=utf-8": page,
		"text/*":                   page,
		"application/json;q=0.2, text/html;q=0.9":                           page,
		"application/json, text/html;q=0.9":                                 data,
		"text/html, application/json":                                       data,
		"application/json;q=0.1, text/html;q=0.5, */*":                      page,
		"application/problem+json, application/json;q=0.1, text/html;q=0.5": data,
		"text/html;q=0, */*":                                                data,
		"text/html;q=oops":                                                  data,
		"text/html;q=NaN":                                                   data,
		",;,=":                                                              data,
	} {
		r := get("http://nobody.polls.localhost/")
		r.Header.Set("Accept", accept)
		res := serve(t, r, subdomain(), street{}, tenanthttp.Options{}, whoami)
		if got := res.Header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %s; want %s", accept, got, want)
		}
	}
}

func TestPageIsWholeAndEscaped(t *testing.T) {
	t.Parallel()
	r := get("/")
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	tenanthttp.Problem{Status: 404, Title: "<b>T</b>", Detail: `<script>alert("x")</script> 100%s`}.Write(w, r)
	got := w.Body.String()
	for _, want := range []string{"<!doctype html>", "&lt;b&gt;T&lt;/b&gt;", "&lt;script&gt;", "100%s", ">404<", "prefers-color-scheme: dark", "</html>"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, bad := range []string{"<script", "<b>", "%!", "http:", "https:", "src="} {
		if strings.Contains(got, bad) {
			t.Errorf("%q in\n%s", bad, got)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Error(csp)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	for _, accept := range []string{"text/html", "application/json"} {
		r := httptest.NewRequest(http.MethodHead, "http://nobody.polls.localhost/", nil)
		r.Header.Set("Accept", accept)
		res := serve(t, r, subdomain(), street{}, tenanthttp.Options{}, whoami)
		if got := body(t, res); got != "" || res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s %q", accept, res.Status, got)
		}
	}
}

func TestVaryIsAdded(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	w.Header().Set("Vary", "Origin")
	tenanthttp.Problem{Status: 404}.Write(w, get("/"))
	if got := strings.Join(w.Header().Values("Vary"), ","); got != "Origin,Accept" {
		t.Error(got)
	}
}
