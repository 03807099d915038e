package tenanthttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

func TestStatusDecidesTheAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     tenant.Status
		method     string
		code       int
		kind       string
		retryAfter string
	}{
		{tenant.Active, "GET", 200, "", ""},
		{tenant.Active, "POST", 200, "", ""},
		{tenant.ReadOnly, "GET", 200, "", ""},
		{tenant.ReadOnly, "HEAD", 200, "", ""},
		{tenant.ReadOnly, "OPTIONS", 200, "", ""},
		{tenant.ReadOnly, "TRACE", 200, "", ""},
		{tenant.ReadOnly, "POST", 423, "tenant-read-only", ""},
		{tenant.ReadOnly, "PUT", 423, "tenant-read-only", ""},
		{tenant.ReadOnly, "PATCH", 423, "tenant-read-only", ""},
		{tenant.ReadOnly, "DELETE", 423, "tenant-read-only", ""},
		{tenant.ReadOnly, "PROPFIND", 423, "tenant-read-only", ""},
		{tenant.ReadOnly, "post", 423, "tenant-read-only", ""},
		{tenant.Suspended, "GET", 403, "tenant-suspended", ""},
		{tenant.Provisioning, "GET", 503, "tenant-provisioning", "5"},
		{tenant.Deleting, "GET", 410, "tenant-gone", ""},
		{tenant.Deleted, "GET", 410, "tenant-gone", ""},
		{tenant.Failed, "GET", 503, "tenant-failed", ""},
		{"", "GET", 503, "registry-unavailable", "5"},
		{"a later version's", "GET", 503, "registry-unavailable", "5"},
	} {
		t.Run(string(c.status)+" "+c.method, func(t *testing.T) {
			t.Parallel()
			d := street{}
			d.add("acme", c.status)
			r := httptest.NewRequest(c.method, "http://acme.polls.localhost/", nil)
			res := serve(t, r, subdomain(), d, tenanthttp.Options{}, whoami)
			checkProblem(t, res, c.code, c.kind)
			if got := res.Header.Get("Retry-After"); got != c.retryAfter {
				t.Errorf("Retry-After %q; want %q", got, c.retryAfter)
			}
		})
	}
}

// checkProblem reads the answer; without a kind it is the handler's own.
func checkProblem(t *testing.T, res *http.Response, code int, kind string) {
	t.Helper()
	if res.StatusCode != code {
		t.Errorf("%s; want %d", res.Status, code)
	}
	if kind == "" {
		return
	}
	var p struct {
		Type, Title, Detail string
		Status              int
	}
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	if p.Type != kind || p.Status != code || p.Title == "" || p.Detail == "" {
		t.Errorf("%+v; want type %s, status %d, a title and a detail", p, kind, code)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/problem+json", "Cache-Control": "no-store", "Vary": "Accept", "X-Content-Type-Options": "nosniff",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q; want %q", name, got, want)
		}
	}
}

func TestUnknownAndMalformed(t *testing.T) {
	t.Parallel()
	query := resolve.Must(resolve.Query("tenant"))
	path := resolve.Must(resolve.Path("/t/"))
	for name, c := range map[string]struct {
		resolver resolve.Resolver
		target   string
		code     int
		kind     string
	}{
		"unknown host":        {subdomain(), "http://nobody.polls.localhost/", 404, "unknown-tenant"},
		"host outside":        {subdomain(), "http://other.example/", 404, "unknown-tenant"},
		"malformed host":      {subdomain(), "http://a_b.polls.localhost/", 404, "unknown-tenant"},
		"reserved host":       {subdomain(), "http://public.polls.localhost/", 404, "unknown-tenant"},
		"unknown www":         {resolve.Must(resolve.Domain()), "http://www.nobody.example/", 404, "unknown-tenant"},
		"nothing resolves":    {resolve.Chain(), "http://acme.polls.localhost/", 404, "unknown-tenant"},
		"unknown in path":     {path, "/t/nobody/", 404, "unknown-tenant"},
		"malformed in path":   {path, "/t/%27OR%201=1/", 404, "unknown-tenant"},
		"unknown in query":    {query, "/?tenant=nobody", 404, "unknown-tenant"},
		"malformed in query":  {query, "/?tenant=%27;DROP+TABLE", 400, "malformed-tenant"},
		"ambiguous query":     {query, "/?tenant=acme&tenant=potter", 400, "malformed-tenant"},
		"malformed in a host": {query, "/?tenant=a_b.example", 404, "unknown-tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkProblem(t, serve(t, get(c.target), c.resolver, withTenants("acme"), tenanthttp.Options{}, whoami), c.code, c.kind)
		})
	}
}

func TestUnknownStatusIsConfigurable(t *testing.T) {
	t.Parallel()
	o := tenanthttp.Options{UnknownStatus: http.StatusForbidden}
	checkProblem(t, serve(t, get("http://nobody.polls.localhost/"), subdomain(), street{}, o, whoami), 403, "unknown-tenant")
	checkProblem(t, serve(t, get("http://a..b/"), subdomain(), street{}, o, whoami), 403, "unknown-tenant")
}

func TestUnavailableDirectory(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := tenanthttp.Options{RetryAfter: 1500 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))}
	d := lookupFunc(func(context.Context, tenant.Key) (*tenant.Tenant, error) {
		return nil, errors.New("password of the database")
	})
	res := serve(t, get("http://acme.polls.localhost/"), subdomain(), d, o, whoami)
	text := body(t, res)
	res.Body = io.NopCloser(strings.NewReader(text))
	checkProblem(t, res, 503, "registry-unavailable")
	if got := res.Header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q; want whole seconds, rounded up", got)
	}
	if strings.Contains(text, "password") || !strings.Contains(log.String(), "password") {
		t.Errorf("the cause belongs in the log, not in the answer:\n%s\n%s", log.String(), text)
	}
}

func TestClientThatWentAwayIsNotLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d := lookupFunc(func(ctx context.Context, _ tenant.Key) (*tenant.Tenant, error) { return nil, ctx.Err() })
	o := tenanthttp.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	serve(t, get("http://acme.polls.localhost/").WithContext(ctx), subdomain(), d, o, whoami)
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

func TestDirectoryWithoutATenantOrAnErrorIsRefused(t *testing.T) {
	t.Parallel()
	d := lookupFunc(func(context.Context, tenant.Key) (*tenant.Tenant, error) { return nil, nil })
	checkProblem(t, serve(t, get("http://acme.polls.localhost/"), subdomain(), d, tenanthttp.Options{}, whoami), 503, "registry-unavailable")
}

func TestOwnRefusal(t *testing.T) {
	t.Parallel()
	o := tenanthttp.Options{Refuse: func(w http.ResponseWriter, r *http.Request, p tenanthttp.Problem) {
		if p.Type == tenanthttp.Unknown && errors.Is(p.Err, tenant.ErrNotFound) {
			http.Redirect(w, r, "https://example.com/sign-up", http.StatusSeeOther)
			return
		}
		p.Write(w, r)
	}}
	d := street{}
	d.add("acme", tenant.Suspended)
	res := serve(t, get("http://nobody.polls.localhost/"), subdomain(), d, o, whoami)
	if res.StatusCode != http.StatusSeeOther {
		t.Error(res.Status)
	}
	checkProblem(t, serve(t, get("http://acme.polls.localhost/"), subdomain(), d, o, whoami), 403, "tenant-suspended")
}
