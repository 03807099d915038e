package isolationtest_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolationtest"
)

// saboteur breaks one thing, on purpose.
type saboteur struct {
	caught []string // groups that must complain
	blind  []string // groups that must not: what is broken is none of their business
	target func(*testing.T, *isolationtest.PostgresStreet) isolationtest.Opener
	// patience is short for those that hang; 0 is 3 seconds.
	patience time.Duration
}

// groups are those that must complain, and with ROWHOUSE_PROOF=1 those that must not.
func (s saboteur) groups() []string {
	if pgtest.Proof() {
		return slices.Concat(s.caught, s.blind)
	}
	return s.caught
}

// TestSaboteursAreCaught proves the suite: a group that lets its saboteurs pass is
// worth nothing.
func TestSaboteursAreCaught(t *testing.T) {
	t.Parallel()
	for name, s := range saboteurs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			street := newStreet(t, config(t))
			target := isolationtest.Target{Street: street, Open: s.target(t, street), Patience: cmp.Or(s.patience, 3*time.Second), Load: smallLoad()}
			findings := isolationtest.Record(t.Context(), target, s.groups()...)
			if got := findings.Failed(); !slices.Equal(got, slices.Sorted(slices.Values(s.caught))) {
				t.Errorf("caught by %q, want %q", got, s.caught)
			}
			for group, messages := range findings {
				t.Logf("%s: %s", group, messages[0])
				if slices.Contains(s.blind, group) {
					t.Errorf("%s complains: %q", group, messages)
				}
			}
		})
	}
}

func smallLoad() isolationtest.Load {
	return isolationtest.Load{Goroutines: 50, Connections: 4, Tenants: 4, Statements: 8}
}

// TestNobodyIsCaughtForNothing holds that the doors which saboteurs are made of pass
// where they should: it is the fault alone that is caught.
func TestNobodyIsCaughtForNothing(t *testing.T) {
	t.Parallel()
	groups := []string{"visibility", "no tenant", "pool reuse", "aborted transaction", "panic", "prepared statements"}
	for name, open := range map[string]func(*testing.T, *isolationtest.PostgresStreet) isolationtest.Opener{
		"by hand": byHand(fault{}), "wrapped": wrapped(fault{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			street := newStreet(t, config(t))
			target := isolationtest.Target{Street: street, Open: open(t, street), Load: smallLoad()}
			if findings := isolationtest.Record(t.Context(), target, groups...); len(findings) > 0 {
				t.Errorf("caught: %q", findings)
			}
		})
	}
}
