package isolationtest

import (
	"context"
	"testing"
)

// T is what the suite needs of a test. [Run] passes a *testing.T; [Record] notes
// what failed instead.
type T interface {
	Helper()
	Context() context.Context
	Cleanup(f func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	// Run runs f as a subtest and reports whether it passed.
	Run(name string, f func(T)) bool
}

// testT makes a *testing.T a T.
type testT struct{ *testing.T }

// Run runs f as a subtest.
func (t testT) Run(name string, f func(T)) bool {
	return t.T.Run(name, func(inner *testing.T) { f(testT{inner}) })
}
