package isolationtest

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Record runs groups, or all of them where none is named, without a test, and
// returns what they complained of.
func Record(ctx context.Context, target Target, names ...string) Findings {
	if len(names) == 0 {
		names = Groups()
	}
	return record(ctx, names, func(t T, name string) { runGroups(t, target, []string{name}) })
}

func record(ctx context.Context, names []string, run func(t T, name string)) Findings {
	findings := Findings{}
	for _, name := range names {
		r := &recorder{ctx: ctx}
		r.guard(func() { run(r, name) })
		if len(r.messages) > 0 {
			findings[name] = r.messages
		}
	}
	return findings
}

// Findings are complaints by the name of the group that made them. A group without
// any is not in it.
type Findings map[string][]string

// Failed returns the names of the groups that complained, sorted.
func (f Findings) Failed() []string { return slices.Sorted(maps.Keys(f)) }

// recorder is a T that notes failures.
type recorder struct {
	ctx      context.Context
	name     string
	mu       sync.Mutex
	messages []string
	cleanups []func()
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, strings.TrimPrefix(r.name+": ", ": ")+fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// Run runs f as a part with a name of its own.
func (r *recorder) Run(name string, f func(T)) bool {
	ctx, cancel := context.WithCancel(r.ctx)
	inner := &recorder{ctx: ctx, name: strings.TrimPrefix(r.name+"/"+name, "/")}
	inner.guard(func() { f(inner) })
	cancel()
	inner.sweep()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, inner.messages...)
	return len(inner.messages) == 0
}

// guard runs f in a goroutine of its own, which Fatalf ends; a panic is a finding.
func (r *recorder) guard(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.Errorf("panic: %v", p)
			}
		}()
		f()
	}()
	<-done
}

// sweep runs the clean-ups, the last one first.
func (r *recorder) sweep() {
	for _, f := range slices.Backward(r.cleanups) {
		r.guard(f)
	}
}
