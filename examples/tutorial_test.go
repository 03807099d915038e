package examples

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/examples/polls-single/migrations"
	"github.com/rowhouse-go/rowhouse/examples/pollstest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// The tutorial is run as its readers run it: its sh blocks in one shell, from the
// top of the repository. Each line of a text block must come out of the sh block
// above it. The bash blocks prepare a reader's machine; the test has its own.
func TestTheTutorialWorks(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sh", "curl", "psql"} {
		pgtest.Need(t, program)
	}
	steps := tutorial(t)
	outputs := follow(t, steps)
	for i, step := range steps {
		rest := outputs[i]
		for line := range strings.Lines(step.want) {
			line = strings.TrimSpace(line)
			_, after, found := strings.Cut(rest, line)
			if !found {
				t.Errorf("step %d: no %q in\n%s\nof\n%s", i+1, line, outputs[i], step.script)
				continue
			}
			rest = after
		}
	}
}

type step struct{ script, want string }

func tutorial(t *testing.T) (steps []step) {
	t.Helper()
	text, err := os.ReadFile("../docs/tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)\n```(sh|text)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if block[1] == "sh" {
			steps = append(steps, step{script: block[2]})
		} else {
			steps[len(steps)-1].want = block[2]
		}
	}
	if len(steps) < 5 {
		t.Fatalf("the tutorial has %d steps", len(steps))
	}
	return steps
}

// follow runs all steps and returns what each printed.
func follow(t *testing.T, steps []step) []string {
	t.Helper()
	const mark = "=== end of a step ==="
	script := "trap 'kill $! 2>/dev/null || true' EXIT\n"
	for _, s := range steps {
		script += s.script + "\necho '" + mark + "'\n"
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", strings.ReplaceAll(script, "8000", freePort(t)))
	cmd.Dir, cmd.Env = "..", environment(t)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &stdout, &stderr, 5*time.Second
	err := cmd.Run()
	outputs := strings.Split(stdout.String(), mark)
	if err != nil || len(outputs) != len(steps)+1 {
		t.Fatalf("step %d: %v\n%s\n%s", len(outputs), err, outputs[len(outputs)-1], &stderr)
	}
	return outputs
}

// environment is what the bash blocks make: two databases, the programs, the old
// program's tables.
func environment(t *testing.T) []string {
	t.Helper()
	bin := t.TempDir()
	for _, program := range []string{"cmd/rowhouse", "examples/polls", "examples/polls-single"} {
		build := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", bin}, append(pgtest.BuildFlags(), "./"+program)...)...)
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	before := pgtest.Database(t)
	pollstest.Open(t, before, migrations.Files)
	return append(os.Environ(),
		"DATABASE_URL="+before,
		"ROWHOUSE_DATABASE_URL="+pgtest.Database(t),
		fmt.Sprintf("PATH=%s%c%s", bin, filepath.ListSeparator, os.Getenv("PATH")),
		"TMPDIR="+t.TempDir(),
		"GORACE=atexit_sleep_ms=0",
	)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
