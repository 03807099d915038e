package tenanthttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

const manyTenants = 100_000

// BenchmarkMiddleware is what entering a tenant adds to an empty handler.
func BenchmarkMiddleware(b *testing.B) {
	empty := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	d, hosts := crowd()
	path := resolve.Must(resolve.Path("/t/"))
	for _, c := range []struct {
		name    string
		handler http.Handler
	}{
		{"empty", empty},
		{"subdomain", tenanthttp.New(subdomain(), d, tenanthttp.Options{})(empty)},
		{"domain", tenanthttp.New(resolve.Must(resolve.Domain()), d, tenanthttp.Options{})(empty)},
		{"chain", tenanthttp.New(resolve.Chain(path, subdomain()), d, tenanthttp.Options{})(empty)},
	} {
		b.Run(c.name, func(b *testing.B) { requests(b, c.handler, hosts) })
	}
}

func requests(b *testing.B, handler http.Handler, hosts []string) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/polls/", nil)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Host = hosts[i%len(hosts)]
		handler.ServeHTTP(w, r)
	}
	if w.Code != http.StatusOK {
		b.Fatal(w.Code)
	}
}

// crowd is known by slug and by host. Requests come from the thousand that are
// busy: the rest is the size of the map.
func crowd() (street, []string) {
	const busy = 1000
	d := make(street, 2*manyTenants)
	var hosts []string
	for i := range manyTenants {
		t := d.add(fmt.Sprintf("tenant-%d", i), tenant.Active)
		host := t.Slug + ".polls.localhost"
		d[tenant.ByHost(host)] = t
		if i%(manyTenants/busy) == 0 {
			hosts = append(hosts, host+":8080")
		}
	}
	return d, hosts
}

// Holds the promise under the race detector too, where benchmarks do not run.
func TestEnteringCostsOneAllocation(t *testing.T) {
	handler := tenanthttp.New(subdomain(), withTenants("acme"), tenanthttp.Options{})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w, r := httptest.NewRecorder(), get("http://acme.polls.localhost:8080/polls/")
	if n := testing.AllocsPerRun(100, func() { handler.ServeHTTP(w, r) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
