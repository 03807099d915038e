package registrytest

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func invalid(t *testing.T, s registry.Store) {
	faults := []struct {
		field string
		spoil func(*tenant.Tenant)
	}{
		{"id", func(n *tenant.Tenant) { n.ID = tenant.ID{} }},
		{"slug", func(n *tenant.Tenant) { n.Slug = "" }},
		{"slug", func(n *tenant.Tenant) { n.Slug = "Acme" }},
		{"slug", func(n *tenant.Tenant) { n.Slug = "a,b" }},
		{"slug", func(n *tenant.Tenant) { n.Slug = "pg-acme" }},
		{"name", func(n *tenant.Tenant) { n.Name = "a\x00b" }},
		{"status", func(n *tenant.Tenant) { n.Status = "sleeping" }},
		{"isolation", func(n *tenant.Tenant) { n.Placement.Level = "" }},
		{"schema", func(n *tenant.Tenant) { n.Placement.Schema = "" }},
		{"database", func(n *tenant.Tenant) { n.Placement.Level = tenant.Database }},
		{"setting", func(n *tenant.Tenant) { n.Settings = tenant.Settings{"a": json.RawMessage(`"\u0000"`)} }},
		{"settings", func(n *tenant.Tenant) { n.Settings = tenant.Settings{"a": json.RawMessage(`{`)} }},
		{"label", func(n *tenant.Tenant) { n.Labels = map[string]string{"": "x"} }},
		{"host", func(n *tenant.Tenant) { n.Domains = []tenant.Domain{{Host: ""}} }},
		{"host", func(n *tenant.Tenant) { n.Domains = []tenant.Domain{{Host: "a.example"}, {Host: "a.example"}} }},
		{"host", func(n *tenant.Tenant) { n.Domains = []tenant.Domain{{Host: "a.example:80"}} }},
		{"host", func(n *tenant.Tenant) { n.Domains = []tenant.Domain{{Host: "co.uk"}} }},
	}
	for _, f := range faults {
		n := newTenant("acme")
		f.spoil(n)
		isInvalid(t, s.Create(t.Context(), n, by("create")), f.field)
	}
	leadsNowhere(t, s, tenant.BySlug("acme"))
}

func uniqueAmongLive(t *testing.T, s registry.Store) {
	acme := created(t, s, "acme", "acme.example.com", "acme.example.org")
	other := created(t, s, "other", "other.example.com")

	isTaken(t, s.Create(t.Context(), newTenant("acme"), by("create")), "slug", "acme")
	isTaken(t, s.Create(t.Context(), newTenant("third", "third.example.com", "acme.example.org"), by("create")),
		"host", "acme.example.org")
	leadsNowhere(t, s, tenant.BySlug("third"))
	leadsNowhere(t, s, tenant.ByHost("third.example.com"))

	twin := newTenant("twin")
	twin.ID = acme.ID
	isTaken(t, s.Create(t.Context(), twin, by("create")), "id", acme.ID.String())

	renamed := other.Clone()
	renamed.Slug = "acme"
	isTaken(t, s.Update(t.Context(), renamed, by("rename")), "slug", "acme")
	greedy := other.Clone()
	greedy.Domains = append(greedy.Domains, tenant.Domain{Host: "acme.example.com"})
	isTaken(t, s.Update(t.Context(), greedy, by("domain")), "host", "acme.example.com")
	ok(t, s.Update(t.Context(), other, by("still the same")))
}

func caseTwins(t *testing.T, s registry.Store) {
	acme := created(t, s, "acme", "acme.example.com")
	leadsTo(t, s, tenant.BySlug("ACME"), acme)
	leadsTo(t, s, tenant.ByHost("Acme.Example.COM"), acme)
	leadsTo(t, s, tenant.Key{Kind: tenant.KeyID, Value: upperHex(acme.ID)}, acme)

	isInvalid(t, s.Create(t.Context(), newTenant("Acme"), by("create")), "slug")
	isInvalid(t, s.Create(t.Context(), newTenant("twin", "ACME.example.com"), by("create")), "host")
}

func upperHex(id tenant.ID) string {
	text := []byte(id.String())
	for i, c := range text {
		if c >= 'a' {
			text[i] = c - 'a' + 'A'
		}
	}
	return string(text)
}

func deletionAndReuse(t *testing.T, s registry.Store) {
	old := created(t, s, "acme", "acme.example.com")
	setStatus(t, s, old, tenant.Deleting)
	leadsTo(t, s, tenant.BySlug("acme"), old)
	leadsTo(t, s, tenant.ByHost("acme.example.com"), old)

	young := created(t, s, "acme", "acme.example.com")
	leadsTo(t, s, tenant.BySlug("acme"), young)
	leadsTo(t, s, tenant.ByHost("acme.example.com"), young)
	leadsTo(t, s, tenant.ByID(old.ID), old)

	setStatus(t, s, young, tenant.Deleting)
	setStatus(t, s, young, tenant.Deleted)
	leadsTo(t, s, tenant.BySlug("acme"), old)
	setStatus(t, s, old, tenant.Deleted)
	leadsNowhere(t, s, tenant.BySlug("acme"))
	leadsNowhere(t, s, tenant.ByHost("acme.example.com"))
	equal(t, "status", find(t, s, tenant.ByID(old.ID)).Status, tenant.Deleted)
}

func restoreConflict(t *testing.T, s registry.Store) {
	restore := func(n *tenant.Tenant) error {
		back := n.Clone()
		back.Status = tenant.Active
		return s.Update(t.Context(), back, by("restore"))
	}
	old := created(t, s, "acme", "acme.example.com")
	setStatus(t, s, old, tenant.Deleting)
	young := created(t, s, "acme")
	isTaken(t, restore(old), "slug", "acme")

	young.Slug = "acme-two"
	young.Domains = []tenant.Domain{{Host: "acme.example.com"}}
	ok(t, s.Update(t.Context(), young, by("rename")))
	isTaken(t, restore(old), "host", "acme.example.com")

	young.Domains = nil
	ok(t, s.Update(t.Context(), young, by("domain")))
	ok(t, restore(old))
	leadsTo(t, s, tenant.BySlug("acme"), old)
	leadsTo(t, s, tenant.ByHost("acme.example.com"), old)
}

func domains(t *testing.T, s registry.Store) {
	acme := newTenant("acme", "a.example", "b.example")
	acme.Domains[1].Primary = true
	isInvalid(t, s.Create(t.Context(), acme, by("create")), "host")
	acme.Domains[1].Primary = false
	ok(t, s.Create(t.Context(), acme, by("create")))

	want := []tenant.Domain{{Host: "b.example", Primary: true}, {Host: "a.example"}, {Host: "c.example"}}
	acme.Domains = []tenant.Domain{want[2], want[1], want[0]}
	ok(t, s.Update(t.Context(), acme, by("primary")))
	got := find(t, s, tenant.ByHost("c.example"))
	if !slices.Equal(got.Domains, want) {
		t.Errorf("domains: got %v, want %v", got.Domains, want)
	}
	equal(t, "primary host", got.PrimaryHost(), "b.example")

	acme.Domains = nil
	ok(t, s.Update(t.Context(), acme, by("domain")))
	leadsNowhere(t, s, tenant.ByHost("a.example"))
	equal(t, "domains", len(find(t, s, tenant.ByID(acme.ID)).Domains), 0)
}

func hostsChangeHands(t *testing.T, s registry.Store) {
	a, b := created(t, s, "a", "x.example"), created(t, s, "b", "y.example")
	a.Domains = nil
	ok(t, s.Update(t.Context(), a, by("domain")))
	b.Domains = []tenant.Domain{{Host: "x.example"}}
	ok(t, s.Update(t.Context(), b, by("domain")))
	leadsTo(t, s, tenant.ByHost("x.example"), b)
	leadsNowhere(t, s, tenant.ByHost("y.example"))
}

// A home that a tenant ever had is never another's, not even after a deletion.
func placement(t *testing.T, s registry.Store) {
	first := created(t, s, "first")
	second := newTenant("second")
	second.Placement = first.Placement
	isTaken(t, s.Create(t.Context(), second, by("create")), "schema", first.Placement.Schema)
	setStatus(t, s, first, tenant.Deleted)
	isTaken(t, s.Create(t.Context(), second, by("create")), "schema", first.Placement.Schema)

	second.Placement.Server = "elsewhere"
	ok(t, s.Create(t.Context(), second, by("create")))

	for _, slug := range []string{"row-a", "row-b"} {
		row := newTenant(slug)
		row.Placement = tenant.Placement{Level: tenant.Row, Server: "main", Schema: "pooled"}
		ok(t, s.Create(t.Context(), row, by("create")))
	}
}
