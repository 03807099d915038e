package registrytest

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func lookup(t *testing.T, s registry.Store) {
	acme := created(t, s, "acme", "acme.example.com", "acme.example.org")
	other := created(t, s, "other", "other.example.com")

	leadsTo(t, s, tenant.ByID(acme.ID), acme)
	leadsTo(t, s, tenant.BySlug("acme"), acme)
	leadsTo(t, s, tenant.ByHost("acme.example.com"), acme)
	leadsTo(t, s, tenant.ByHost("acme.example.org"), acme)
	leadsTo(t, s, tenant.BySlug("other"), other)
	leadsTo(t, s, tenant.ByHost("other.example.com"), other)

	leadsNowhere(t, s, tenant.ByHost("acme"))
	leadsNowhere(t, s, tenant.BySlug("acme.example.com"))
}

func roundTrip(t *testing.T, s registry.Store) {
	want := newTenant("acme", "b.example.com", "a.example.com")
	want.Name = `Ä'; DROP TABLE tenants; -- \ " ☃`
	want.Placement = tenant.Placement{
		Level: tenant.Silo, Server: "eu", Database: "acme", Schema: "tenant_acme", Role: "r", Upstream: "127.0.0.1:9", Epoch: 7,
	}
	want.Settings = tenant.Settings{"colour": json.RawMessage(`"#fff"`), "max": json.RawMessage(`12`)}
	want.Labels = map[string]string{"ring": "canary", "with space": `"quoted"`}
	want.Version = 20260101000000
	before := time.Now().Add(-time.Minute)
	ok(t, s.Create(t.Context(), want, by("create")))

	if want.Revision == 0 || want.CreatedAt.Before(before) || want.UpdatedAt.Before(before) {
		t.Errorf("create did not set revision and times: %+v", want)
	}
	got := find(t, s, tenant.ByID(want.ID))
	equal(t, "created at", got.CreatedAt.UTC(), want.CreatedAt.UTC())
	equal(t, "updated at", got.UpdatedAt.UTC(), want.UpdatedAt.UTC())
	got.CreatedAt, got.UpdatedAt = want.CreatedAt, want.UpdatedAt
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func unknownKeys(t *testing.T, s registry.Store) {
	created(t, s, "acme", "acme.example.com")
	keys := []string{
		"", " ", "nobody", "acme ", "acme'", "' OR '1'='1", "acme'; DROP TABLE rowhouse.tenants; --", `acme\`,
		"acm_", "acm%", "../acme", "acme\x00", "\xff\xfe", "$1", strings.Repeat("a", 1<<16),
		"00000000-0000-0000-0000-000000000000", "0190163d-8694-739b-aea5-966c26f8ad9", "{}",
	}
	for _, k := range keys {
		for _, kind := range []tenant.KeyKind{tenant.KeyNone, tenant.KeyID, tenant.KeySlug, tenant.KeyHost} {
			leadsNowhere(t, s, tenant.Key{Kind: kind, Value: k})
		}
	}
	leadsNowhere(t, s, tenant.ByID(tenant.NewID()))
	leadsNowhere(t, s, tenant.Key{Kind: 99, Value: "acme"})
}
