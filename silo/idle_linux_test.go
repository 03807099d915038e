package silo_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// A stack that nobody asks sleeps until somebody does, and he is answered. What an
// operator takes down stays down.
func TestAStackSleepsUntilItIsAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.up(t)
	unused := h.lastUse(t)
	if again := h.lastUse(t); again != unused {
		t.Errorf("its supervisor passes for a visitor at %s, after %s", again, unused)
	}
	call(t, first.Upstream, "1")
	if used := h.lastUse(t); !used.After(unused) {
		t.Errorf("somebody came, and the last use is still %s", used)
	}

	porter := &silo.Porter{Wake: func(ctx context.Context) (string, error) {
		defer h.sleepsAt(t, first.Upstream)()
		state, err := h.Up(ctx, h.stack)
		return state.Upstream, err
	}}
	t.Cleanup(func() { _ = porter.Close() })
	if err := h.Sleep(t.Context(), h.stack.ID); err != nil {
		t.Fatal(err)
	}
	h.isDown(t, first)
	address, asleep, err := h.Asleep(h.stack.ID)
	if err != nil || !asleep || address != first.Upstream {
		t.Fatalf("asleep: %v at %s, %v", asleep, address, err)
	}
	if _, known, err := h.LastUse(t.Context(), h.stack.ID); known || err != nil {
		t.Errorf("a stack that sleeps has a last use: %v", err)
	}
	if err := porter.Stand(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	call(t, address, "2")
	if _, asleep, err := h.Asleep(h.stack.ID); asleep || err != nil {
		t.Errorf("woken, and still asleep: %v", err)
	}
	if now, err := h.Status(t.Context(), h.stack.ID); err != nil || now.Upstream == address {
		t.Errorf("it came back under its porter: %+v, %v", now, err)
	}
	for _, do := range []func(context.Context, tenant.ID) error{h.Sleep, h.Sleep, h.Down} {
		if err := do(t.Context(), h.stack.ID); err != nil {
			t.Fatal(err)
		}
	}
	if address, asleep, err := h.Asleep(h.stack.ID); asleep || err != nil {
		t.Errorf("what was taken down is to be woken at %s, %v", address, err)
	}
}

func (h *house) lastUse(t *testing.T) time.Time {
	t.Helper()
	at, known, err := h.LastUse(t.Context(), h.stack.ID)
	if err != nil || !known {
		t.Fatalf("the last use is not known: %v", err)
	}
	return at
}

// call comes, is counted, and leaves.
func call(t *testing.T, address, want string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if n := getBy(t, client, silo.State{Upstream: address}, "/visit"); n != want {
		t.Errorf("visit %s, want %s", n, want)
	}
}

// sleepsAt looks, until the function that it returns is called, that a stack which is
// being woken was at an address: a porter that stood where it is about to be would be in
// its way.
func (h *house) sleepsAt(t *testing.T, address string) (stop func()) {
	t.Helper()
	over, looking := make(chan struct{}), sync.WaitGroup{}
	looking.Go(func() {
		for {
			at, asleep, err := h.Asleep(h.stack.ID)
			if err != nil || asleep && at != address {
				t.Errorf("while it is woken it slept at %s, not %s: %v", at, address, err)
				return
			}
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
	return func() { close(over); looking.Wait() }
}
