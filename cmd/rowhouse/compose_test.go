package main

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/dockertest"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// TestSilosInContainers says what is missing where no stack can run. With
// ROWHOUSE_PROOF=1 it runs them, on an engine of its own where none answers.
func TestSilosInContainers(t *testing.T) {
	t.Parallel()
	t.Run("nothing to run them with", withoutDocker)
	if pgtest.Proof() {
		t.Run("docker", func(t *testing.T) { dockertest.Run(t, withDocker) })
	}
}

func withoutDocker(t *testing.T) {
	s := newBoxes(t, "polls", "postgres")
	rowhouse, err := exec.LookPath("rowhouse")
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.command("tenant", "create", "acme", "--isolation", "silo")
	cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(rowhouse))
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "there is no docker command") {
		t.Errorf("%v\n%s", err, out)
	}
	s.configure("", "")
	if _, stderr, code := s.run("tenant", "create", "acme", "--isolation", "silo"); code != 2 || !strings.Contains(stderr, "silo.compose.image") {
		t.Errorf("without an image: exit code %d, %s", code, stderr)
	}
}

// boxes is an installation whose silos are Docker Compose projects of polls.
type boxes struct {
	*project
	polls, postgres string // images
	front           string // where nginx is to listen
}

func newBoxes(t *testing.T, polls, postgres string) *boxes {
	t.Helper()
	port, err := pglocal.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	b := &boxes{
		project: &project{t: t, dir: t.TempDir(), url: pgtest.Database(t)},
		polls:   polls, postgres: postgres, front: net.JoinHostPort("127.0.0.1", fmt.Sprint(port)),
	}
	if err := os.CopyFS(filepath.Join(b.dir, "migrations"), os.DirFS("../../examples/polls/migrations")); err != nil {
		t.Fatal(err)
	}
	b.configure(polls, "")
	b.must("init")
	return b
}

// configure writes rowhouse.yaml. The command is polls', or another one.
func (b *boxes) configure(image, command string) {
	b.t.Helper()
	const text = `
servers: {main: "${ROWHOUSE_DATABASE_URL}"}
resolve: [{subdomain: polls.localhost}]
silo:
  runtime: compose
  dir: silos
  app: {command: %s, health: /tenant}
  compose: {image: "%s", database_image: "%s", limits: {memory: 192m, cpus: 0.5}, database_limits: {memory: 384m}}
  idle_stop: 20s
  proxy: {listen: ["%s"], upstream: 127.0.0.1:9}
`
	command = cmp.Or(command, `[/polls, serve, --addr, "{addr}", --config, "{dir}/rowhouse.yaml"]`)
	written := fmt.Sprintf(text, command, image, b.postgres, b.front)
	if err := os.WriteFile(filepath.Join(b.dir, configFile), []byte(written), 0o600); err != nil {
		b.t.Fatal(err)
	}
}
