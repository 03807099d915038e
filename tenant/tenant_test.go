package tenant_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestIDsAreUUIDsThatSortByBirth(t *testing.T) {
	t.Parallel()
	before := time.Now()
	var ids []string
	for range 3 {
		ids = append(ids, tenant.NewID().String())
		time.Sleep(2 * time.Millisecond)
	}
	if !slices.IsSorted(ids) {
		t.Errorf("not in the order of birth: %q", ids)
	}
	for _, text := range ids {
		id, err := tenant.ParseID(text)
		if err != nil || id.String() != text || text[14] != '7' || !strings.Contains("89ab", text[19:20]) {
			t.Errorf("%s is no UUID of version 7: %v", text, err)
		}
		millis := int64(id[0])<<40 | int64(id[1])<<32 | int64(id[2])<<24 | int64(id[3])<<16 | int64(id[4])<<8 | int64(id[5])
		if born := time.UnixMilli(millis); born.Before(before.Truncate(time.Millisecond)) || born.After(time.Now()) {
			t.Errorf("%s says it was born at %s", text, born)
		}
	}
}

func TestParseIDRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "acme", "0190163d-8694-739b-aea5-966c26f8ad9", "0190163d8694739baea5966c26f8ad90", "{190163d-8694-739b-aea5-966c26f8ad90}",
		"0190163d-8694-739b-aea5-966c26f8ad9g", "0190163d_8694_739b_aea5_966c26f8ad90", "../../../../../../etc/passwd/////////", strings.Repeat("0", 100_000),
	} {
		var invalid *tenant.InvalidError
		if id, err := tenant.ParseID(text); !errors.As(err, &invalid) || invalid.Field != "id" || !id.IsZero() {
			t.Errorf("ParseID(%.40q) = %v, %v", text, id, err)
		}
	}
}

func TestIDsTravelAsTextAndAsBytes(t *testing.T) {
	t.Parallel()
	id := tenant.NewID()
	text, err := json.Marshal(id)
	if err != nil || string(text) != `"`+id.String()+`"` {
		t.Errorf("JSON %s, %v", text, err)
	}
	value, err := id.Value()
	if err != nil || value != id.String() {
		t.Errorf("value %v, %v", value, err)
	}
	for name, src := range map[string]any{"text": id.String(), "bytes of text": []byte(id.String()), "bytes": id[:], "array": [16]byte(id)} {
		var got tenant.ID
		if err := got.Scan(src); err != nil || got != id {
			t.Errorf("scan %s: %v, %v", name, got, err)
		}
	}
	for _, src := range []any{nil, 7, "x", []byte("short")} {
		if err := new(tenant.ID).Scan(src); err == nil {
			t.Errorf("scan %v: no error", src)
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	all := []tenant.Status{tenant.Provisioning, tenant.Active, tenant.ReadOnly, tenant.Suspended, tenant.Deleting, tenant.Deleted, tenant.Failed}
	for _, c := range []struct {
		from         tenant.Status
		to           []tenant.Status
		serves, live bool
	}{
		{tenant.Provisioning, []tenant.Status{tenant.Active, tenant.Failed, tenant.Deleting}, false, true},
		{tenant.Active, []tenant.Status{tenant.ReadOnly, tenant.Suspended, tenant.Deleting}, true, true},
		{tenant.ReadOnly, []tenant.Status{tenant.Active, tenant.Suspended, tenant.Deleting}, true, true},
		{tenant.Suspended, []tenant.Status{tenant.Active, tenant.ReadOnly, tenant.Deleting}, false, true},
		{tenant.Deleting, []tenant.Status{tenant.Active, tenant.Deleted}, false, false},
		{tenant.Deleted, nil, false, false},
		{tenant.Failed, []tenant.Status{tenant.Provisioning, tenant.Deleting}, false, true},
	} {
		if !c.from.Valid() || c.from.Serves() != c.serves || c.from.Live() != c.live {
			t.Errorf("%s: valid %t, serves %t, live %t", c.from, c.from.Valid(), c.from.Serves(), c.from.Live())
		}
		for _, to := range all {
			if got := c.from.CanBecome(to); got != slices.Contains(c.to, to) {
				t.Errorf("%s can become %s: %t", c.from, to, got)
			}
		}
	}
	if tenant.Status("asleep").Valid() || tenant.Status("").Serves() {
		t.Error("a status of somebody's own is taken for one of ours")
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for _, level := range []tenant.Level{tenant.Row, tenant.Schema, tenant.Database, tenant.Silo} {
		if !level.Valid() {
			t.Errorf("%s is not valid", level)
		}
	}
	if tenant.Level("").Valid() || tenant.Level("Row").Valid() {
		t.Error("an unknown level is valid")
	}
}

func TestContextsNestAndFailClosed(t *testing.T) {
	t.Parallel()
	acme, potter := &tenant.Tenant{ID: tenant.NewID(), Slug: "acme"}, &tenant.Tenant{ID: tenant.NewID(), Slug: "potter"}
	outer := tenant.NewContext(t.Context(), acme)
	inner := tenant.NewContext(outer, potter)
	type key struct{}
	for name, c := range map[string]struct {
		ctx  context.Context
		want *tenant.Tenant
	}{
		"none":            {t.Context(), nil},
		"background":      {context.Background(), nil},
		"outer":           {outer, acme},
		"inner":           {inner, potter},
		"derived":         {context.WithValue(context.WithoutCancel(inner), key{}, 1), potter},
		"nil tenant":      {tenant.NewContext(outer, nil), nil},
		"nobody's tenant": {tenant.NewContext(outer, &tenant.Tenant{Slug: "acme"}), nil},
		"a scope":         {&tenant.Scope{Context: outer, Tenant: potter}, potter},
	} {
		got, err := tenant.FromContext(c.ctx)
		if got != c.want || (c.want == nil) != errors.Is(err, tenant.ErrMissing) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	ctx, cancel := context.WithCancel(outer)
	cancel()
	if tenant.NewContext(ctx, potter).Err() == nil {
		t.Error("the cancellation is lost")
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := tenant.Settings{"color": json.RawMessage(`"#c00"`), "limit": json.RawMessage(`7`), "nothing": json.RawMessage(`null`)}
	if got, ok := tenant.Setting[string](s, "color"); !ok || got != "#c00" {
		t.Errorf("color: %q, %t", got, ok)
	}
	if got, ok := tenant.Setting[int](s, "color"); ok || got != 0 {
		t.Errorf("color as a number: %d, %t", got, ok)
	}
	if _, ok := tenant.Setting[int](nil, "color"); ok {
		t.Error("found in nothing")
	}
	var all struct {
		Color string
		Limit int
	}
	if err := s.Decode(&all); err != nil || all.Color != "#c00" || all.Limit != 7 {
		t.Errorf("decode: %+v, %v", all, err)
	}
	if err := (tenant.Settings{"limit": json.RawMessage(`"x"`)}).Decode(&all); err == nil {
		t.Error("text decoded into a number")
	}
	if err := (tenant.Settings{"limit": json.RawMessage(`{`)}).Decode(&all); err == nil {
		t.Error("broken JSON decoded")
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("open: %w", &tenant.StatusError{Slug: "acme", Status: tenant.Suspended})
	var status *tenant.StatusError
	if !errors.Is(wrapped, tenant.ErrStatus) || !errors.As(wrapped, &status) || status.Slug != "acme" || errors.Is(wrapped, tenant.ErrNotFound) {
		t.Errorf("status error: %v", wrapped)
	}
	huge := &tenant.InvalidError{Field: "slug", Value: strings.Repeat("x", 100_000) + "\n", Reason: "is long"}
	if got := huge.Error(); len(got) > 200 || strings.Contains(got, "\n") {
		t.Errorf("hostile input fills the log with %d bytes", len(got))
	}
	if got := tenant.BySlug(strings.Repeat("x", 100_000)).String(); len(got) > 200 {
		t.Errorf("a key fills the log with %d bytes", len(got))
	}
}

func TestKeysSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	id := tenant.NewID()
	for want, key := range map[string]tenant.Key{
		"id " + id.String(): tenant.ByID(id), "slug acme": tenant.BySlug("acme"), "host acme.example": tenant.ByHost("acme.example"), "no key": {},
	} {
		if got := key.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestACloneSharesNothing(t *testing.T) {
	t.Parallel()
	one := &tenant.Tenant{
		Slug: "acme", Settings: tenant.Settings{"a": json.RawMessage(`1`)},
		Labels: map[string]string{"plan": "free"}, Domains: []tenant.Domain{{Host: "acme.example", Primary: true}},
	}
	clone := one.Clone()
	clone.Settings["a"][0] = '9'
	clone.Slug, clone.Settings["a"], clone.Labels["plan"], clone.Domains[0].Host = "x", json.RawMessage(`2`), "pro", "x.example"
	if one.Slug != "acme" || string(one.Settings["a"]) != "1" || one.Labels["plan"] != "free" || one.PrimaryHost() != "acme.example" {
		t.Errorf("the original changed: %+v", one)
	}
	one.Settings["b"] = json.RawMessage(`3`)
	if _, ok := clone.Settings["b"]; ok || new(tenant.Tenant).PrimaryHost() != "" {
		t.Error("the clone changed")
	}
}
