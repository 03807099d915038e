package resolve_test

import (
	"fmt"
	"net/http/httptest"
	"net/netip"

	"github.com/rowhouse-go/rowhouse/resolve"
)

func ExampleChain() {
	resolver := resolve.Chain(
		resolve.Must(resolve.Header("X-Tenant", netip.MustParsePrefix("127.0.0.1/32"))),
		resolve.Must(resolve.Subdomain("polls.example.com")),
		resolve.Must(resolve.Domain()),
	)
	for _, host := range []string{"acme.polls.example.com", "polls.example.com", "www.acme.example", "public.polls.example.com"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		match, err := resolver.Resolve(r)
		switch {
		case err != nil:
			fmt.Println("refused:", err)
		case match.Central:
			fmt.Println("central")
		default:
			fmt.Println(match.Key)
		}
	}
	// Output:
	// slug acme
	// central
	// host www.acme.example
	// refused: host "public.polls.example.com" does not name a tenant: its first label is reserved
}

func ExamplePath() {
	resolver := resolve.Must(resolve.Path("/t/"))
	match, _ := resolver.Resolve(httptest.NewRequest("GET", "/t/acme/polls", nil))
	fmt.Println(match.Key, match.Strip)
	// Output: slug acme /t/acme
}
