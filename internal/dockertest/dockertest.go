// Package dockertest gives a test a Docker engine, and images that are made from what
// is installed on this machine: no registry is asked.
//
// Where no engine answers, it starts one in namespaces of its own: bridges, mounts and
// processes of it end with the test, however that ends. It is support for tests, like
// internal/pgtest.
package dockertest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// envInside holds the folder of the engine that this program is to start, where it was
// begun anew in namespaces of its own.
const envInside = "ROWHOUSE_DOCKERTEST_DIR"

// Run calls f while a Docker engine answers at DOCKER_HOST. Where none does, the test
// begins again as another process: what it did before Run, it does there once more.
func Run(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	switch dir := os.Getenv(envInside); {
	case dir != "":
		start(t, dir)
		f(t)
	case exec.Command("docker", "version").Run() == nil:
		f(t)
	default:
		again(t)
	}
}

// again runs this test in new namespaces, whose end is the end of all that it started.
func again(t *testing.T) {
	t.Helper()
	pgtest.Need(t, "dockerd")
	dir, err := os.MkdirTemp("", "docker-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	pattern := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	// The shell stays: the first process of a namespace has to bury the orphans.
	const enter = `ip link set lo up && "$0" "$@"; exit $?`
	cmd := exec.Command("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
		"sh", "-c", enter, os.Args[0], "-test.run", pattern, "-test.v", "-test.timeout", "50m")
	cmd.Env = append(os.Environ(), envInside+"="+dir, pgtest.EnvURL+"=",
		"DOCKER_HOST=unix://"+dir+"/docker.sock", "DOCKER_CONFIG="+dir+"/cli")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := attached(cmd); err != nil {
		t.Errorf("%v (namespaces need root)", err)
	}
	t.Log(out.String())
}

// start runs dockerd until the test ends.
func start(t *testing.T, dir string) {
	t.Helper()
	write(t, filepath.Join(dir, "daemon.json"), "{}") // not the machine's
	log, err := os.Create(filepath.Join(dir, "dockerd.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pgtest.Need(t, "dockerd"), "--config-file", filepath.Join(dir, "daemon.json"),
		"--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "run"),
		"--pidfile", filepath.Join(dir, "pid"), "--host", os.Getenv("DOCKER_HOST"))
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop(t, cmd)
		log.Close()
	})
	for deadline := time.Now().Add(time.Minute); exec.Command("docker", "version").Run() != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("dockerd does not answer:\n%s", text)
		}
	}
	t.Logf("%s", Docker(t, "info", "--format", "Docker {{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}, kernel {{.KernelVersion}}"))
}

// stop ends dockerd, which ends its containers.
func stop(t *testing.T, cmd *exec.Cmd) {
	const patience = time.Minute
	insist := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer insist.Stop()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("dockerd: %v", err)
	}
}

// Docker runs a docker command that must succeed and returns what it prints.
func Docker(t testing.TB, args ...string) string {
	t.Helper()
	return shell(t, "", append([]string{"docker"}, args...)...)
}

// shell runs a program that must succeed.
func shell(t testing.TB, dir string, line ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), line[0], line[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &said
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0") // the plugin is not everywhere
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(line, " "), err, &out, &said)
	}
	return strings.TrimSpace(out.String())
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(fmt.Errorf("write: %w", err))
	}
}
