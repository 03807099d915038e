package registrytest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func update(t *testing.T, s registry.Store) {
	acme := created(t, s, "acme")
	stale := acme.Clone()
	acme.Slug, acme.Name = "acme-two", "Acme Two"
	acme.Labels = map[string]string{"plan": "big"}
	acme.Placement.Epoch++
	ok(t, s.Update(t.Context(), acme, by("rename")))
	if acme.Revision <= stale.Revision || acme.UpdatedAt.Before(stale.UpdatedAt) {
		t.Errorf("update did not advance revision and time: %+v after %+v", acme, stale)
	}
	leadsNowhere(t, s, tenant.BySlug("acme"))
	got := find(t, s, tenant.BySlug("acme-two"))
	equal(t, "name", got.Name, "Acme Two")
	equal(t, "label", got.Labels["plan"], "big")
	equal(t, "epoch", got.Placement.Epoch, acme.Placement.Epoch)
	equal(t, "revision", got.Revision, acme.Revision)

	is(t, s.Update(t.Context(), stale, by("rename")), tenant.ErrConflict)
	equal(t, "slug", find(t, s, tenant.ByID(acme.ID)).Slug, "acme-two")
	is(t, s.Update(t.Context(), newTenant("nobody"), by("rename")), tenant.ErrNotFound)
}

const racers = 16

// race starts racers goroutines at once and returns their errors.
func race(run func(i int) error) []error {
	var wg sync.WaitGroup
	start, errs := make(chan struct{}), make([]error, racers)
	for i := range racers {
		wg.Go(func() {
			<-start
			errs[i] = run(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// oneWins checks that exactly one error is nil and that all others are want.
func oneWins(t *testing.T, errs []error, want error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, want):
			t.Errorf("got error %v, want %v", err, want)
		}
	}
	equal(t, "winners", won, 1)
}

func optimisticConflict(t *testing.T, s registry.Store) {
	acme := created(t, s, "acme", "acme.example.com")
	for round := range 10 {
		read := find(t, s, tenant.ByID(acme.ID))
		oneWins(t, race(func(i int) error {
			mine := read.Clone()
			mine.Name = fmt.Sprintf("round %d, racer %d", round, i)
			return s.Update(t.Context(), mine, by("race"))
		}), tenant.ErrConflict)
	}
	log, err := s.Events(t.Context(), acme.ID, 100)
	ok(t, err)
	equal(t, "events of those who won and of the creation", len(log), 11)
}

func concurrentCreates(t *testing.T, s registry.Store) {
	for round := range 5 {
		slug := fmt.Sprintf("acme-%d", round)
		oneWins(t, race(func(int) error {
			return s.Create(t.Context(), newTenant(slug), by("create"))
		}), tenant.ErrExists)
		hosts := []string{slug + ".a.example", slug + ".b.example"}
		oneWins(t, race(func(i int) error {
			mine := slices.Clone(hosts)
			if i%2 == 1 {
				slices.Reverse(mine)
			}
			return s.Create(t.Context(), newTenant(fmt.Sprintf("%s-%d", slug, i), mine...), by("create"))
		}), tenant.ErrExists)
	}
	all, err := s.List(t.Context(), registry.Filter{})
	ok(t, err)
	equal(t, "tenants", len(all), 10)
}

func filters(t *testing.T, s registry.Store) {
	label := func(slug string, labels map[string]string, status tenant.Status, level tenant.Level) *tenant.Tenant {
		n := newTenant(slug)
		n.Labels, n.Status, n.Placement.Level = labels, status, level
		ok(t, s.Create(t.Context(), n, by("create")))
		return n
	}
	d := label("d-gone", nil, tenant.Deleted, tenant.Schema)
	label("c-new", nil, tenant.Provisioning, tenant.Row)
	b := label("b", map[string]string{"ring": "canary", "plan": "big"}, tenant.Suspended, tenant.Schema)
	a := label("a", map[string]string{"ring": "canary", "plan": "small"}, tenant.Active, tenant.Row)

	for _, c := range []struct {
		name   string
		filter registry.Filter
		want   []string
	}{
		{"all but deleted", registry.Filter{}, []string{"a", "b", "c-new"}},
		{"slugs", registry.Filter{Slugs: []string{"b", "A", "nobody", "d-gone"}}, []string{"a", "b"}},
		{"ids", registry.Filter{IDs: []tenant.ID{b.ID, d.ID}}, []string{"b"}},
		{"status", registry.Filter{Statuses: []tenant.Status{tenant.Deleted, tenant.Active}}, []string{"a", "d-gone"}},
		{"label", registry.Filter{Labels: map[string]string{"ring": "canary"}}, []string{"a", "b"}},
		{"labels", registry.Filter{Labels: map[string]string{"ring": "canary", "plan": "big"}}, []string{"b"}},
		{"no such label", registry.Filter{Labels: map[string]string{"ring": "late"}}, nil},
		{"level", registry.Filter{Level: tenant.Row}, []string{"a", "c-new"}},
		{"all at once", registry.Filter{
			Slugs: []string{"a", "b"}, IDs: []tenant.ID{a.ID, b.ID}, Statuses: []tenant.Status{tenant.Active},
			Labels: map[string]string{"plan": "small"}, Level: tenant.Row,
		}, []string{"a"}},
	} {
		found, err := s.List(t.Context(), c.filter)
		ok(t, err)
		if got := slugs(found); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func slugs(tenants []*tenant.Tenant) []string {
	var out []string
	for _, n := range tenants {
		out = append(out, n.Slug)
	}
	return out
}

func events(t *testing.T, s registry.Store) {
	acme := newTenant("acme")
	ok(t, s.Create(t.Context(), acme, registry.Event{Actor: "ann", Action: "create", Detail: "from the\x00 page \xff"}))
	ok(t, s.Update(t.Context(), acme, registry.Event{Actor: "bob", Action: "suspend"}))
	stale := acme.Clone()
	stale.Revision--
	is(t, s.Update(t.Context(), stale, registry.Event{Actor: "eve", Action: "nothing"}), tenant.ErrConflict)

	log, err := s.Events(t.Context(), acme.ID, 10)
	ok(t, err)
	if len(log) != 2 || log[0].Actor != "bob" || log[0].Action != "suspend" || log[1].Actor != "ann" {
		t.Fatalf("got events %+v", log)
	}
	equal(t, "tenant", log[1].Tenant, acme.ID)
	if log[1].At.IsZero() || log[0].At.Before(log[1].At) {
		t.Errorf("times: %v, then %v", log[1].At, log[0].At)
	}
	for limit, want := range []int{0, 1, 2, 2} {
		log, err := s.Events(t.Context(), acme.ID, limit)
		ok(t, err)
		equal(t, fmt.Sprintf("events with limit %d", limit), len(log), want)
	}
}

func versions(t *testing.T, s registry.Store) {
	a, b := created(t, s, "a"), created(t, s, "b")
	ok(t, s.SetVersions(t.Context(), map[tenant.ID]int64{a.ID: 7, b.ID: 8, tenant.NewID(): 9}))
	ok(t, s.SetVersions(t.Context(), nil))
	equal(t, "version of b", find(t, s, tenant.ByID(b.ID)).Version, 8)

	// a was read before: its update is no conflict and leaves the version alone.
	a.Name = "A"
	ok(t, s.Update(t.Context(), a, by("edit")))
	equal(t, "version told by the update", a.Version, 7)
	equal(t, "version of a", find(t, s, tenant.ByID(a.ID)).Version, 7)
	ok(t, s.SetVersions(t.Context(), map[tenant.ID]int64{a.ID: 6}))
	equal(t, "version of a, one down", find(t, s, tenant.ByID(a.ID)).Version, 6)
}
