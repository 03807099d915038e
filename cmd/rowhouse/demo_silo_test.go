package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/silo"
)

// A demo of silos, which is killed, begun anew in the same folder, and interrupted:
// each time nothing of it is left running, and no data are lost.
func TestDemoOnSilos(t *testing.T) {
	t.Parallel()
	dir := enterable(t)
	first := startDemo(t, "--isolation", "silo", "--dir", dir)
	t.Run("tenants differ", first.tenantsDiffer)
	t.Run("strangers", first.strangers)
	first.must("sql", "--tenant", "thor", "--write", "UPDATE polls SET question = 'Kept?' WHERE id = 1")
	killed := first.stacks()
	if killed[0].Database == killed[1].Database || killed[0].Upstream == killed[1].Upstream {
		t.Errorf("two silos share something: %+v", killed)
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	allRefuse(t, killed)

	second := startDemo(t, "--dir", dir) // what is there has its level
	code, answer := second.ask("GET", second.demo.Tenants[0].URL+"polls/1/", "")
	if code != http.StatusOK || !strings.Contains(answer, "Kept?") {
		t.Errorf("thor's poll did not survive: %d %s", code, answer)
	}
	running := second.stacks()
	if err := second.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := second.cmd.Wait(); err != nil {
		t.Errorf("the demo ended with %v\n%s", err, second.log)
	}
	allRefuse(t, running)
}

// stacks are those of the demo's tenants.
func (r *running) stacks() []silo.State {
	r.t.Helper()
	var all []silo.State
	for _, one := range r.demo.Tenants {
		var state silo.State
		r.decode(&state, "silo", "status", one.Slug)
		if state.Phase != silo.Running {
			r.t.Fatalf("%s: %+v", one.Slug, state)
		}
		all = append(all, state)
	}
	return all
}

func allRefuse(t *testing.T, stacks []silo.State) {
	t.Helper()
	for _, state := range stacks {
		for _, address := range []string{state.Upstream, state.Database} {
			refuses(t, "tcp://"+address)
		}
	}
}
