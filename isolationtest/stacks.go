package isolationtest

import (
	"cmp"
	"context"
	"testing"
	"time"
)

// Stacks are tenants that have a server and an application each, behind one front.
// [RunStacks] asks whether they touch each other.
type Stacks interface {
	// Launch makes a tenant with a stack, and leads a host of the front to it. It
	// returns the host once the stack answers there.
	Launch(ctx context.Context, slug string) (host string, err error)
	// Ask sends a request for a host to the front, on a connection of its own, and
	// returns what the application that answered finds in its database: its tenant's slug.
	Ask(ctx context.Context, host string) (slug string, err error)
	// Strike does harm to the stack of a host. heal undoes it.
	Strike(ctx context.Context, host string, how Harm) (heal func(context.Context) error, err error)
}

// Harm is what may happen to a stack.
type Harm string

// The harms.
const (
	Stopped           Harm = "stopped"            // taken down in good order
	ApplicationKilled Harm = "application killed" // by SIGKILL
	DatabaseKilled    Harm = "database killed"    // the whole server, by SIGKILL
	Stalled           Harm = "stalled"            // takes requests, and answers none
)

// StackTarget is what [RunStacks] runs against.
type StackTarget struct {
	Stacks Stacks
	// Requests is how many of a neighbour's must be answered, all of them, while
	// something happens to another stack; 0 means 1,000.
	Requests int
	// Patience bounds one request; 0 means 20 seconds. Launches, harm and healing get
	// ten times as much.
	Patience time.Duration
}

// RunStacks runs the groups of [StackGroups] as subtests of t, or those that are named.
// It launches three stacks for all of them.
func RunStacks(t *testing.T, target StackTarget, names ...string) {
	t.Helper()
	if len(names) == 0 {
		names = StackGroups()
	}
	runStackGroups(testT{t}, target, names)
}

// RecordStacks runs groups without a test, and returns what they complained of. Each
// group launches stacks of its own.
func RecordStacks(ctx context.Context, target StackTarget, names ...string) Findings {
	if len(names) == 0 {
		names = StackGroups()
	}
	return record(ctx, names, func(t T, name string) { runStackGroups(t, target, []string{name}) })
}

// StackGroups returns the names of the groups in the order in which they run.
func StackGroups() []string { return []string{"routing", "launched", "stopped", "crashed", "slow"} }

func stackGroups() map[string]func(*block) {
	return map[string]func(*block){
		"routing": routing, "launched": launched, "stopped": stopped, "crashed": crashed, "slow": slow,
	}
}

func runStackGroups(t T, target StackTarget, names []string) {
	t.Helper()
	target.Requests = cmp.Or(target.Requests, 1000)
	target.Patience = cmp.Or(target.Patience, 20*time.Second)
	b := &block{T: t, StackTarget: target}
	b.one, b.other = b.launch("one"), b.launch("other")
	known := stackGroups()
	for _, name := range names {
		run, ok := known[name]
		if !ok {
			t.Fatalf("isolationtest: no group %q", name)
		}
		t.Run(name, func(t T) {
			inner := *b
			inner.T = t
			run(&inner)
		})
	}
}
