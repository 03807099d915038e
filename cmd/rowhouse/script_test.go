package main

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// TestScripts runs testdata/script: each file is one command's contract, on an empty
// database of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setUp,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": jsonIs, "capture": capture,
		},
	})
}

func setUp(env *testscript.Env) error {
	t := env.T().(testing.TB)
	base := pgtest.Database(t)
	env.Setenv("ROWHOUSE_DATABASE_URL", base)
	app := pgtest.Role(t, base, "")
	env.Setenv("ROWHOUSE_APP_URL", app)
	role, err := url.Parse(app)
	if err != nil {
		return err
	}
	env.Setenv("APP_ROLE", role.User.Username())
	env.Setenv(quickRace())
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
	return os.Mkdir(filepath.Join(env.WorkDir, "home"), 0o755)
}

// exits runs a program and compares its exit code: exits 4 rowhouse doctor.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if err != nil || neg {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	code := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// jsonIs compares a part of the JSON on standard output: json 0.domains.0.host a.example.
func jsonIs(ts *testscript.TestScript, neg bool, args []string) {
	got, want := part(ts, args[0]), args[1]
	if (got == want) == neg {
		ts.Fatalf("%s is %s", args[0], got)
	}
}

// capture keeps a part of the JSON on standard output in a variable: capture ID id.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], part(ts, args[1]))
}

// part returns the part of standard output at a path such as 0.slug: strings bare,
// the rest as JSON. The length of an array is its len.
func part(ts *testscript.TestScript, path string) string {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for step := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[step]
			if !ok {
				ts.Fatalf("%s: there is no %q", path, step)
			}
			v = next
		case []any:
			v = element(ts, at, step)
		default:
			ts.Fatalf("%s: nothing is below %q", path, step)
		}
	}
	if text, ok := v.(string); ok {
		return text
	}
	text, err := json.Marshal(v)
	ts.Check(err)
	return string(text)
}

func element(ts *testscript.TestScript, list []any, step string) any {
	if step == "len" {
		return len(list)
	}
	i, err := strconv.Atoi(step)
	if err != nil || i >= len(list) {
		ts.Fatalf("there is no element %s of %d", step, len(list))
	}
	return list[i]
}
