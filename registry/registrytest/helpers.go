package registrytest

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// newTenant returns an active tenant with a schema of its own; its first host is
// the primary one.
func newTenant(slug string, hosts ...string) *tenant.Tenant {
	id := tenant.NewID()
	t := &tenant.Tenant{ID: id, Slug: slug, Name: "Name of " + slug, Status: tenant.Active}
	t.Placement = tenant.Placement{
		Level: tenant.Schema, Server: "main", Schema: ident.Schema("tenant_", slug, id), Epoch: 1,
	}
	for i, host := range hosts {
		t.Domains = append(t.Domains, tenant.Domain{Host: host, Primary: i == 0})
	}
	return t
}

func by(action string) registry.Event {
	return registry.Event{Actor: "tester", Action: action}
}

func created(t *testing.T, s registry.Store, slug string, hosts ...string) *tenant.Tenant {
	t.Helper()
	n := newTenant(slug, hosts...)
	ok(t, s.Create(t.Context(), n, by("create")))
	return n
}

func setStatus(t *testing.T, s registry.Store, n *tenant.Tenant, to tenant.Status) {
	t.Helper()
	n.Status = to
	ok(t, s.Update(t.Context(), n, by(string(to))))
}

func find(t *testing.T, s registry.Store, key tenant.Key) *tenant.Tenant {
	t.Helper()
	found, err := s.Lookup(t.Context(), key)
	ok(t, err)
	return found
}

// leadsTo checks that key leads to want.
func leadsTo(t *testing.T, s registry.Store, key tenant.Key, want *tenant.Tenant) {
	t.Helper()
	if got := find(t, s, key); got.ID != want.ID {
		t.Errorf("%s leads to %s %s, want %s %s", key, got.Slug, got.ID, want.Slug, want.ID)
	}
}

func leadsNowhere(t *testing.T, s registry.Store, key tenant.Key) {
	t.Helper()
	got, err := s.Lookup(t.Context(), key)
	if !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("%s: got %v, %v; want tenant.ErrNotFound", key, got, err)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// isTaken checks that err names what is taken.
func isTaken(t *testing.T, err error, field, value string) {
	t.Helper()
	is(t, err, tenant.ErrExists)
	taken, typed := errors.AsType[*registry.TakenError](err)
	if !typed || taken.Field != field || taken.Value != value {
		t.Errorf("got error %v, want a TakenError of %s %q", err, field, value)
	}
}

func isInvalid(t *testing.T, err error, field string) {
	t.Helper()
	fault, typed := errors.AsType[*tenant.InvalidError](err)
	if !typed || fault.Field != field {
		t.Errorf("got error %v, want an InvalidError of %s", err, field)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
