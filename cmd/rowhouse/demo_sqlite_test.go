package main

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDemoOnSQLite(t *testing.T) {
	t.Parallel()
	r := startDemo(t, "--engine", "sqlite")
	if r.demo.Engine != "sqlite" {
		t.Errorf("the demo is on %q", r.demo.Engine)
	}
	t.Run("tenants differ", r.tenantsDiffer)
	t.Run("strangers", r.strangers)
	t.Run("another tenant", r.anotherTenant)
	t.Run("commands", r.commandsReachFiles)
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("the demo ended with %v\n%s", err, r.log)
	}
	if _, err := os.Stat(filepath.Dir(r.demo.Config)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", filepath.Dir(r.demo.Config), err)
	}
}

// commandsReachFiles runs what works on SQLite, and what says why it does not.
func (r *running) commandsReachFiles(t *testing.T) {
	for _, c := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"tenant list", 0, "potter", ""},
		{"tenant show thor", 0, "database", ""},
		{"migrate status", 0, "shared", ""},
		{"migrate up", 0, "", "nothing to do"},
		{"sql --tenant thor SELECT~username,is_staff~FROM~users~WHERE~id=1", 0, "thor", ""},
		{"sql --tenant thor DELETE~FROM~users", codeFailed, "", "--write"},
		{"exec --tenant thor -- printenv DATABASE_URL", 0, "sqlite:", ""},
		{"tenant suspend loki", 0, "", ""},
		{"tenant delete loki --purge --yes", 0, "", ""},
		{"doctor", codeUsage, "", "needs PostgreSQL"},
		{"drift check", codeUsage, "", "needs PostgreSQL"},
		{"migrate runs", codeUsage, "", "needs PostgreSQL"},
		{"tenant create x1 --isolation schema", codeUsage, "", `no isolation level "schema" here, only database`},
		{"tenant create x1 --isolation silo", codeUsage, "", "demo --engine postgres"},
	} {
		args := strings.Fields(c.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "~", " ")
		}
		stdout, stderr, code := r.run(args...)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s: exit code %d: %s%s", c.args, code, stdout, stderr)
		}
	}
}

func TestDemoOnSQLiteSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	first := startDemo(t, "--engine", "sqlite", "--dir", dir)
	first.must("tenant", "create", "loki")
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	second := startDemo(t, "--dir", dir) // the folder knows its engine
	if code, answer := second.ask("GET", second.at("loki", "tenant"), ""); code != http.StatusOK || second.demo.Engine != "sqlite" {
		t.Errorf("loki did not survive: %d %s, on %s", code, answer, second.demo.Engine)
	}
	_, stderr, code := second.run("demo", "--engine", "postgres", "--addr", "127.0.0.1:0", "--dir", dir)
	if code != codeUsage || !strings.Contains(stderr, "has a demo on sqlite") {
		t.Errorf("another engine in the same folder: exit code %d: %s", code, stderr)
	}
}

func TestDemoChoosesItsEngine(t *testing.T) {
	t.Parallel()
	empty, used := folder{path: t.TempDir()}, folder{path: t.TempDir()}
	if err := os.Mkdir(filepath.Join(used.path, engineSQLite), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		options demoOptions
		folder  folder
		found   bool
		want    string
		says    bool
	}{
		{"PostgreSQL is there", demoOptions{engine: "auto"}, empty, true, enginePostgres, false},
		{"nothing is there", demoOptions{engine: "auto"}, empty, false, engineSQLite, true},
		{"it may be downloaded", demoOptions{engine: "auto", download: true}, empty, false, enginePostgres, false},
		{"schemas are asked for", demoOptions{engine: "auto", isolation: "schema"}, empty, false, enginePostgres, false},
		{"databases are asked for", demoOptions{engine: "auto", isolation: "database"}, empty, true, enginePostgres, false},
		{"databases, and nothing is there", demoOptions{engine: "auto", isolation: "database"}, empty, false, engineSQLite, true},
		{"it is insisted on", demoOptions{engine: enginePostgres}, empty, false, enginePostgres, false},
		{"SQLite is asked for", demoOptions{engine: engineSQLite}, empty, true, engineSQLite, false},
		{"an earlier demo", demoOptions{engine: "auto"}, used, true, engineSQLite, false},
	} {
		got, why, err := c.options.chooseEngine(c.folder, func() bool { return c.found })
		if err != nil || got != c.want || (why != "") != c.says {
			t.Errorf("%s: %s, %q, %v", c.name, got, why, err)
		}
	}
}

// A URL of SQLite needs no configuration file.
func TestAFolderByURL(t *testing.T) {
	t.Parallel()
	p := &project{t: t, dir: t.TempDir()}
	at := "sqlite:" + filepath.Join(p.dir, "data")
	for _, args := range [][]string{{"init"}, {"tenant", "create", "acme"}, {"tenant", "list"}} {
		stdout, stderr, code := p.run(append([]string{"--database-url", at}, args...)...)
		if code != 0 {
			t.Fatalf("%v: exit code %d: %s%s", args, code, stdout, stderr)
		}
	}
}
