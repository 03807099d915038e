package migrate_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// inRings builds tenants whose names begin with their ring; "none" has no label.
func (w *town) inRings(slugs ...string) {
	w.t.Helper()
	for _, slug := range slugs {
		t := w.build(slug)
		if ring, _, _ := strings.Cut(slug, "-"); ring != "none" {
			t.Labels = map[string]string{migrate.RingLabel: ring}
		}
	}
}

func TestRingsComeInTheOrderGiven(t *testing.T) {
	t.Parallel()
	cases := []struct {
		rings string
		want  string
	}{
		{"", "canary early none rest"},
		{"canary", "canary early none rest"},
		{"early,canary", "early canary none rest"},
		{"rest", "rest canary early none"},
	}
	for _, c := range cases {
		t.Run(c.rings, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.inRings("none-1", "rest-1", "early-1", "canary-1")
			slices.SortFunc(w.tenants, bySlug)
			var order []string
			o := migrate.Options{Workers: 1, Progress: func(e migrate.Event) {
				ring, _, _ := strings.Cut(e.Label, "-")
				order = append(order, ring)
			}}
			if c.rings != "" {
				o.Rings = strings.Split(c.rings, ",")
			}
			up(t, w.runner(nil, threeSteps(t)), o)
			if got := strings.Join(order, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A ring ends before the next one begins, however many workers there are.
func TestAFailedCanaryHaltsTheRest(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.inRings("canary-1", "none-1", "none-2", "none-3")
	w.exec("CREATE TABLE " + w.tenants[0].Placement.Schema + ".two ()") // in the second file's way
	r := w.runner(nil, threeSteps(t))
	report, err := r.Up(context.Background(), migrate.Options{Workers: 4, Rings: []string{"canary"}, HaltAfter: 1})
	var partial *migrate.PartialError
	if !errors.Is(err, migrate.ErrHalted) || !errors.As(err, &partial) || len(partial.Failed) != 1 || len(partial.Left) != 3 {
		t.Fatalf("got %v", err)
	}
	for _, tn := range w.tenants[1:] {
		if got := w.versions(tn.ID.String()); got != "" {
			t.Errorf("%s was started: it has %s", tn.Slug, got)
		}
	}
	if n := report.Counts(); n.Failed != 1 || n.NotStarted != 3 {
		t.Errorf("counts %+v", n)
	}
}

func TestHaltAfterCountsFailures(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(6)
	for _, i := range []int{1, 3} {
		w.exec("CREATE TABLE " + w.tenants[i].Placement.Schema + ".two ()")
	}
	report, err := w.runner(nil, threeSteps(t)).Up(context.Background(), migrate.Options{Workers: 1, HaltAfter: 2})
	if n := report.Counts(); !errors.Is(err, migrate.ErrHalted) || n.Done != 2 || n.Failed != 2 || n.NotStarted != 2 {
		t.Errorf("%+v: %v", n, err)
	}
}

func TestARingThatNobodyIsInIsAnError(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.inRings("canary-1", "none-1")
	_, err := w.runner(nil, threeSteps(t)).Up(context.Background(), migrate.Options{Rings: []string{"cannary"}})
	if !errors.Is(err, migrate.ErrNoRing) {
		t.Errorf("got %v", err)
	}
}

func bySlug(a, b *tenant.Tenant) int { return strings.Compare(a.Slug, b.Slug) }
