//go:build unix

package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

// need is one thing that tests run. To add one, add a line to needs and call
// pgtest.Need with its name where a test uses it.
type need struct {
	name   string      // what SKIP calls it
	found  func() bool // is it here already?
	debian string      // package for Debian and Ubuntu
	brew   string      // the same for Homebrew
	always bool        // SKIP cannot name it
	proof  bool        // for make proof alone
}

func needs() []need {
	return []need{
		{name: "cc", found: oneOf("cc", "gcc", "clang"), debian: "gcc libc6-dev", brew: "(xcode-select --install)", always: true}, // for -race
		{name: "postgresql", found: hasPostgres, debian: "postgresql", brew: "postgresql@17", always: true},
		{name: "pgbouncer", found: oneOf("pgbouncer", "/usr/sbin/pgbouncer"), debian: "pgbouncer", brew: "pgbouncer"},
		{name: "curl", found: oneOf("curl"), debian: "curl", brew: "curl"},
		{name: "nginx", found: oneOf("nginx", "/usr/sbin/nginx"), debian: "nginx", brew: "nginx"},
		{name: "chromium", found: oneOf("chromium"), debian: "chromium", brew: "chromium"},
		{name: "dockerd", found: hasDocker, debian: "docker.io docker-compose iproute2", brew: "docker docker-compose", proof: true},
	}
}

func oneOf(programs ...string) func() bool {
	return func() bool {
		return slices.ContainsFunc(programs, func(program string) bool {
			_, err := exec.LookPath(program)
			return err == nil
		})
	}
}

func hasPostgres() bool {
	_, err := pglocal.Find()
	return err == nil
}

// hasDocker: an engine that answers, or the programs for one of the tests' own; and
// Docker Compose.
func hasDocker() bool {
	compose := exec.Command("docker", "compose", "version").Run() == nil || oneOf("docker-compose")()
	engine := exec.Command("docker", "version").Run() == nil || oneOf("dockerd", "/usr/sbin/dockerd")() && oneOf("ip", "/usr/sbin/ip")()
	return compose && engine
}

// missing is what neither is here nor was said to be done without.
func missing(skip []string, proof bool) []need {
	return slices.DeleteFunc(needs(), func(n need) bool {
		return n.proof && !proof || n.found() || (!n.always && slices.Contains(skip, n.name))
	})
}

// provide installs what is missing where it may, and otherwise says what to install
// before anything runs.
func provide(ctx context.Context, skip []string, proof bool) error {
	if err := knownSkips(skip); err != nil {
		return err
	}
	lacking := missing(skip, proof)
	if len(lacking) > 0 && canInstall() {
		if err := install(ctx, lacking); err != nil {
			fmt.Println("apt-get could not install everything:", err)
		}
		lacking = missing(skip, proof)
	}
	if len(lacking) == 0 {
		return ctx.Err()
	}
	return complain(lacking)
}

// knownSkips refuses a SKIP that names nothing: a misspelt one would be believed.
func knownSkips(skip []string) error {
	for _, name := range skip {
		if !slices.ContainsFunc(needs(), func(n need) bool { return n.name == name && !n.always }) {
			return fmt.Errorf("%w: SKIP=%s: the tests cannot do without it, or know nothing of it", errMissing, name)
		}
	}
	return nil
}

func complain(lacking []need) error {
	fmt.Println("The tests need what is not installed here:")
	var optional []string
	for _, n := range lacking {
		fmt.Printf("  %-12s %s\n", n.name, n.advice(runtime.GOOS))
		if !n.always {
			optional = append(optional, n.name)
		}
	}
	if len(optional) > 0 {
		fmt.Printf("To run the tests that do not use it: make test SKIP=%q\n", strings.Join(optional, " "))
	}
	return errMissing
}

func (n need) advice(goos string) string {
	if goos == "darwin" {
		return "brew install " + n.brew
	}
	return "apt-get install " + n.debian + "   (Debian, Ubuntu; as root `make test` does it by itself)"
}
