package isolationtest_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolationtest"
)

// requests are a thousand with ROWHOUSE_PROOF=1.
func requests() int {
	if pgtest.Proof() {
		return 1000
	}
	return 100
}

// TestSilos: stacks of processes behind a real nginx do not touch each other.
func TestSilos(t *testing.T) {
	t.Parallel()
	h := newTerrace(t, func(routes string) string { return routes })
	isolationtest.RunStacks(t, isolationtest.StackTarget{Stacks: h, Requests: requests()})
	h.spoil = exchanged
	h.caught(t)
}

// exchanged leads the hosts of three stacks to the next one's applications.
func exchanged(routes string) string {
	return strings.NewReplacer("rowhouse_silo_1;", "rowhouse_silo_2;", "rowhouse_silo_2;", "rowhouse_silo_3;", "rowhouse_silo_3;", "rowhouse_silo_1;").Replace(routes)
}

// caught: a route to the wrong upstream is noticed by the group routing.
func (h *terrace) caught(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	one := slices.Min(slices.Collect(maps.Keys(h.stacks)))
	err := h.reroute(ctx)
	if err = errors.Join(err, h.answers(ctx, one, func(slug string) bool { return slug+domain != one })); err != nil {
		t.Fatal(err)
	}
	target := isolationtest.StackTarget{Stacks: newResidents(h), Requests: 40, Patience: 10 * time.Second}
	findings := isolationtest.RecordStacks(t.Context(), target, "routing")
	if !slices.Equal(findings.Failed(), []string{"routing"}) {
		t.Errorf("caught by %q", findings.Failed())
	}
	t.Logf("%q", findings["routing"])
}

// residents are stacks that run already, under new names: a launch takes its time.
type residents struct {
	*terrace
	hosts []string
	named map[string]string // their slugs
}

func newResidents(h *terrace) *residents {
	return &residents{h, slices.Sorted(maps.Keys(h.stacks)), map[string]string{}}
}

// Launch gives the next one a name.
func (r *residents) Launch(_ context.Context, slug string) (host string, err error) {
	host, r.hosts = r.hosts[0], r.hosts[1:]
	r.named[strings.TrimSuffix(host, domain)] = slug
	return host, nil
}

// Ask returns the name of who answers.
func (r *residents) Ask(ctx context.Context, host string) (string, error) {
	slug, err := r.terrace.Ask(ctx, host)
	return r.named[slug], err
}
