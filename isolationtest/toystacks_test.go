package isolationtest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/isolationtest"
)

// toy is stacks that cost nothing, whose faults are easily made.
type toy struct {
	fault   toyFault
	mu      sync.Mutex
	houses  map[string]*toyHouse
	closed  bool          // the front takes no requests
	refused chan struct{} // gets one for each request meanwhile
	worker  chan struct{} // one of them
}

// toyFault is what is broken, on purpose.
type toyFault struct {
	oneForAll    bool // the front leads all hosts to the first stack
	oneServer    bool // all stacks are on one database server
	oneMachine   bool // stopping one stops the machine
	oneByOne     bool // the front has one worker
	frontRestart bool // the front is restarted for each launch
}

type toyHouse struct {
	slug    string
	down    bool
	stalled chan struct{} // closed when it answers again; nil: it answers
}

var errRefused = errors.New("connection refused")

func newToy(fault toyFault) *toy {
	return &toy{fault: fault, houses: map[string]*toyHouse{}, refused: make(chan struct{}, 1), worker: make(chan struct{}, 1)}
}

func (y *toy) Launch(_ context.Context, slug string) (string, error) {
	y.mu.Lock()
	if y.fault.oneForAll && len(y.houses) > 0 {
		for _, first := range y.houses {
			y.houses[slug] = first
		}
	} else {
		y.houses[slug] = &toyHouse{slug: slug}
	}
	y.closed = y.fault.frontRestart && len(y.houses) > 2
	closed := y.closed
	y.mu.Unlock()
	if closed {
		<-y.refused // it takes long enough for somebody to notice
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.closed = false
	return slug, nil
}

func (y *toy) Ask(ctx context.Context, host string) (string, error) {
	if y.fault.oneByOne {
		select {
		case y.worker <- struct{}{}:
			defer func() { <-y.worker }()
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	y.mu.Lock()
	h, closed := y.houses[host], y.closed
	slug, down, stalled := h.slug, h.down, h.stalled
	y.mu.Unlock()
	switch {
	case closed:
		select {
		case y.refused <- struct{}{}:
		default:
		}
		return "", errRefused
	case down:
		return "", errRefused
	case stalled != nil:
		select {
		case <-stalled:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return slug, ctx.Err()
}

func (y *toy) Strike(_ context.Context, host string, how isolationtest.Harm) (func(context.Context) error, error) {
	set := func(down bool, stalled chan struct{}) {
		y.mu.Lock()
		defer y.mu.Unlock()
		for name, h := range y.houses {
			all := how == isolationtest.Stopped && y.fault.oneMachine || how == isolationtest.DatabaseKilled && y.fault.oneServer
			if name == host || all {
				h.down, h.stalled = down, stalled
			}
		}
	}
	if how != isolationtest.Stalled {
		set(true, nil)
		return func(context.Context) error { set(false, nil); return nil }, nil
	}
	wake := make(chan struct{})
	set(false, wake)
	return func(context.Context) error { close(wake); set(false, nil); return nil }, nil
}

// However few requests somebody wants, a group asks.
func TestAStackIsAskedAtLeastOnce(t *testing.T) {
	t.Parallel()
	target := isolationtest.StackTarget{Stacks: newToy(toyFault{oneForAll: true}), Requests: 1, Patience: 2 * time.Second}
	if caught := isolationtest.RecordStacks(t.Context(), target, "routing").Failed(); len(caught) == 0 {
		t.Error("one stack for all hosts is not caught by one request")
	}
}

// TestStackSaboteursAreCaught proves the groups of stacks: what is broken is caught by
// the group that it is for, and nothing else is.
func TestStackSaboteursAreCaught(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  toyFault
		caught []string
	}{
		"nothing is wrong":           {toyFault{}, nil},
		"one stack for all hosts":    {toyFault{oneForAll: true}, isolationtest.StackGroups()},
		"one database server":        {toyFault{oneServer: true}, []string{"crashed"}},
		"one machine":                {toyFault{oneMachine: true}, []string{"stopped"}},
		"one worker":                 {toyFault{oneByOne: true}, []string{"slow"}},
		"a front that is begun anew": {toyFault{frontRestart: true}, []string{"launched"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := isolationtest.StackTarget{Stacks: nil, Requests: 40, Patience: 2 * time.Second}
			var caught []string
			for _, group := range isolationtest.StackGroups() {
				target.Stacks = newToy(c.fault)
				findings := isolationtest.RecordStacks(t.Context(), target, group)
				caught = append(caught, findings.Failed()...)
				t.Logf("%q", findings[group])
			}
			if !slices.Equal(caught, c.caught) {
				t.Errorf("caught by %q, want %q", caught, c.caught)
			}
		})
	}
}
