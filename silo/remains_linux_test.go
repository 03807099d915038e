package silo_test

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/silo"
)

// An application that a shell has begun, and that has left its group, outlives its
// supervisor. There is never a second one beside it, and none after down.
func TestWhatAKilledSupervisorLeavesIsEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stack.App = []string{"sh", "-c", `"$0" apart "$1" & wait`, self(), "{addr}"}
	first := h.up(t)
	left := h.abandon(t, first)
	second := h.up(t)
	if pid := get(t, second, "/pid"); pid == left || second.Upstream != first.Upstream {
		t.Errorf("process %s was left at %s; process %s answers at %s", left, first.Upstream, pid, second.Upstream)
	}
	h.abandon(t, second)
	if err := h.Down(t.Context(), h.stack.ID); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{second.Upstream, second.Database} {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			t.Errorf("something still listens on %s", address)
		}
	}
}

// abandon kills the supervisor, and returns the application that goes on without it.
func (h *house) abandon(t *testing.T, state silo.State) (pid string) {
	t.Helper()
	if err := syscall.Kill(state.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if now, err := h.Status(t.Context(), h.stack.ID); err == nil && now.Phase == silo.Stopped {
			return get(t, state, "/pid")
		}
		if time.Now().After(deadline) {
			t.Fatal("the supervisor lives on")
		}
	}
}
