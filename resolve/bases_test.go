package resolve_test

import (
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
)

func TestBasesAreFoundInChains(t *testing.T) {
	t.Parallel()
	one := resolve.Must(resolve.Subdomain("Polls.localhost."))
	two := resolve.Must(resolve.Subdomain("polls.example"))
	r := resolve.Chain(resolve.Must(resolve.Query("tenant")), one, resolve.Chain(two, resolve.Must(resolve.Domain())))
	if got := resolve.Bases(r); !slices.Equal(got, []string{"polls.localhost", "polls.example"}) {
		t.Errorf("bases %q", got)
	}
	central := resolve.Chain(resolve.Must(resolve.Subdomain("polls.example", resolve.Central("Status.polls.example."))), resolve.Must(resolve.Domain(resolve.Central("bücher.example"))))
	if got := resolve.CentralHosts(central); !slices.Equal(got, []string{"status.polls.example", "polls.example", "www.polls.example", "xn--bcher-kva.example"}) {
		t.Errorf("central %q", got)
	}
	if got := resolve.Bases(nil); got != nil {
		t.Errorf("of nothing: %q", got)
	}
}
