package proxy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/silo/proxy"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func home(slug string, level tenant.Level, status tenant.Status, hosts ...string) *tenant.Tenant {
	t := &tenant.Tenant{ID: tenant.NewID(), Slug: slug, Status: status, Placement: tenant.Placement{Level: level}}
	if level == tenant.Silo {
		t.Placement.Upstream = slug + ".internal:80"
	}
	for _, host := range hosts {
		t.Domains = append(t.Domains, tenant.Domain{Host: host})
	}
	return t
}

func TestOnlyServedSilosHaveRoutes(t *testing.T) {
	t.Parallel()
	unborn := home("unborn", tenant.Silo, tenant.Active, "unborn.example")
	unborn.Placement.Upstream = ""
	routes := proxy.Routes([]*tenant.Tenant{
		home("acme", tenant.Silo, tenant.Active, "acme.example", "www.acme.test"),
		home("still", tenant.Silo, tenant.ReadOnly, "still.example"),
		home("other", tenant.Schema, tenant.Active, "other.example", "www.still.example"),
		home("late", tenant.Silo, tenant.Suspended, "late.example"),
		home("gone", tenant.Silo, tenant.Deleting, "gone.example"),
		unborn,
	}, []string{"polls.localhost"}, nil)
	var got []string
	for _, r := range routes {
		got = append(got, fmt.Sprint(r.Host, " ", r.Upstream))
	}
	want := []string{
		"acme.example acme.internal:80", "www.acme.example acme.internal:80", "www.acme.test acme.internal:80", "acme.polls.localhost acme.internal:80",
		"still.example still.internal:80", "still.polls.localhost still.internal:80", // www.still.example is another's
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// What would lead a host to a silo that is not its own.
func TestASiloGetsNoHostOfOthers(t *testing.T) {
	t.Parallel()
	acme := home("acme", tenant.Silo, tenant.Active, "acme.example")
	own := []string{"acme.example", "www.acme.example", "acme.polls.localhost"}
	noAlias := []string{"acme.example", "acme.polls.localhost"}
	for name, c := range map[string]struct {
		tenants []*tenant.Tenant
		want    []string
	}{
		"www of one that is closed": {[]*tenant.Tenant{acme, home("b", tenant.Schema, tenant.Suspended, "www.acme.example")}, noAlias},
		"www of one that is gone":   {[]*tenant.Tenant{acme, home("b", tenant.Schema, tenant.Deleted, "www.acme.example")}, own},
		"www that was another's before": {[]*tenant.Tenant{
			home("b", tenant.Schema, tenant.Active, "www.acme.example"), acme, home("c", tenant.Schema, tenant.Deleted, "www.acme.example"),
		}, noAlias},
		"a neighbour's slug": {[]*tenant.Tenant{home("acme", tenant.Silo, tenant.Active, "potter.polls.localhost", "polls.localhost", "acme.example")}, own},
		"the product":        {[]*tenant.Tenant{home("app", tenant.Silo, tenant.Active, "status.example", "acme.example")}, own[:2]},
	} {
		var got []string
		central := []string{"polls.localhost", "www.polls.localhost", "app.polls.localhost", "status.example", "www.status.example"}
		for _, r := range proxy.Routes(c.tenants, []string{"polls.localhost"}, central) {
			got = append(got, r.Host)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
