package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// project is a folder and a database in which rowhouse is run as a process.
type project struct {
	t   *testing.T
	dir string
	url string
}

// newProject returns a folder with migrations and an empty database, initialised.
func newProject(t *testing.T, migrations map[string]string) *project {
	t.Helper()
	p := &project{t: t, dir: t.TempDir(), url: pgtest.Database(t)}
	for name, text := range migrations {
		path := filepath.Join(p.dir, "migrations", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p.must("init")
	p.resolves()
	return p
}

// resolves completes the configuration, which doctor wants to know.
func (p *project) resolves() {
	p.t.Helper()
	file, err := os.OpenFile(filepath.Join(p.dir, configFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("resolve: [{domain: true}]\n"); err != nil {
		p.t.Fatal(err)
	}
}

// command is rowhouse, ready to run in the project: see TestMain.
func (p *project) command(args ...string) *exec.Cmd {
	cmd := exec.Command("rowhouse", args...)
	cmd.Dir = p.dir
	name, value := quickRace()
	cmd.Env = append(os.Environ(), name+"="+value, "ROWHOUSE_DATABASE_URL="+p.url, "HOME="+p.dir, "XDG_CACHE_HOME="+p.dir)
	return cmd
}

// run returns what rowhouse printed, and its exit code.
func (p *project) run(args ...string) (stdout, stderr string, code int) {
	p.t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the code says it
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// must runs rowhouse, which has to succeed, and returns its standard output.
func (p *project) must(args ...string) string {
	p.t.Helper()
	stdout, stderr, code := p.run(args...)
	if code != 0 {
		p.t.Fatalf("rowhouse %q: exit code %d\n%s%s", args, code, stdout, stderr)
	}
	return stdout
}

// decode runs rowhouse with --json and reads what it printed into v.
func (p *project) decode(v any, args ...string) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.must(append(args, "--json")...)), v); err != nil {
		p.t.Fatalf("rowhouse %q: %v", args, err)
	}
}

// healthy fails the test unless doctor and migrate status find nothing.
func (p *project) healthy() {
	p.t.Helper()
	p.must("doctor")
	p.must("migrate", "status")
}
