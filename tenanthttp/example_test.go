package tenanthttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

func ExampleNew() {
	directory := withTenants("acme") // a registry's cache in a real program
	directory.add("potter", tenant.Suspended)
	resolver := resolve.Must(resolve.Subdomain("polls.example.com"))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, r *http.Request) {
		t, err := tenant.FromContext(r.Context())
		if err != nil {
			http.Error(w, "this page is a tenant's", http.StatusNotFound)
			return
		}
		_, _ = fmt.Fprintf(w, "hello %s\n", t.Slug)
	})
	handler := tenanthttp.New(resolver, directory, tenanthttp.Options{})(mux)

	for _, host := range []string{"acme", "potter", "nobody"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "http://"+host+".polls.example.com/hello", nil))
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 hello acme
	// 403 {"type":"tenant-suspended","title":"Suspended","status":403,"detail":"This account is suspended. Its data is kept."}
	// 404 {"type":"unknown-tenant","title":"Unknown tenant","status":404,"detail":"Nobody is served at this address. Check how it is spelled."}
}
