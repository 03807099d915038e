// Package isolationtest is the conformance suite of tenant isolation. It runs
// against a [Target], which is an isolation level behind a door in one statement
// mode, and asks in thirteen groups the same question: can anybody read, write, block
// or damage what is not their own?
//
//	street, err := isolationtest.NewStreet(ctx, isolationtest.StreetConfig{URL: url, Level: level, Names: names})
//	for name, open := range street.Doors() {
//		t.Run(name, func(t *testing.T) {
//			isolationtest.Run(t, isolationtest.Target{Street: street, Open: open})
//		})
//	}
//
// All tenants hold rows with equal ids, and each row names its tenant, so that a row
// of somebody else is recognised at once. A table of the same name exists among the
// shared tables too: who loses its tenant does not find nothing, it finds that.
//
// [RunStacks] is a second suite, for silos: stacks behind a front. It asks whether each
// host reaches its own stack, and whether a neighbour's that is launched, stopped,
// killed or slow costs a single request.
//
// The suites are proved by saboteurs, levels and doors that are broken on purpose: each
// is caught by the group that is named after what it breaks.
package isolationtest

import "testing"

// Run runs the suite as subtests of t: all of it, or the named [Groups].
func Run(t *testing.T, target Target, names ...string) {
	t.Helper()
	if len(names) == 0 {
		names = Groups()
	}
	runGroups(testT{t}, target, names)
}

func runGroups(t T, target Target, names []string) {
	t.Helper()
	known := groups()
	for _, name := range names {
		run, ok := known[name]
		if !ok {
			t.Fatalf("isolationtest: no group %q", name)
		}
		t.Run(name, func(t T) { run(newStage(t, target)) })
	}
}

// Groups returns the names of the groups in the order in which they run.
func Groups() []string {
	return []string{
		"lifecycle", "visibility", "writes", "no tenant", "pool reuse", "aborted transaction",
		"panic", "cancellation", "concurrency", "prepared statements", "escapes", "fence", "shared tables",
	}
}

func groups() map[string]func(*stage) {
	return map[string]func(*stage){
		"lifecycle": lifecycleGroup, "visibility": visibility, "writes": writes, "no tenant": noTenant,
		"pool reuse": poolReuse, "aborted transaction": aborted, "panic": panics,
		"cancellation": cancellation, "concurrency": concurrency,
		"prepared statements": prepared, "escapes": escapes, "fence": fence, "shared tables": sharedTables,
	}
}
