package main

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// TestAllLevels runs the script that shows a tenant of each level in one installation.
func TestAllLevels(t *testing.T) {
	t.Parallel()
	cmd := script(t)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "nobody saw anybody") {
		t.Errorf("%v\n%s", err, out)
	}
}

// script is the script, before nginx on a port that is free.
func script(t *testing.T) *exec.Cmd {
	t.Helper()
	for _, program := range []string{"curl", "nginx"} {
		pgtest.Need(t, program)
	}
	port, err := pglocal.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs("../../examples/polls/all-levels.sh")
	if err != nil {
		t.Fatal(err)
	}
	p := &project{t: t, dir: t.TempDir()}
	warm(t, p.dir)
	like := p.command()
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Dir, cmd.Env = like.Dir, append(like.Env, "FRONT=nginx", "PORT="+strconv.Itoa(port))
	return cmd
}
