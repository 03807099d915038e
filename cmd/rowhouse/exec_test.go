package main

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A signal to us reaches the programs, which end as they like.
func TestExecPassesSignalsOn(t *testing.T) {
	t.Parallel()
	p := newProject(t, nil)
	p.must("tenant", "create", "acme", "hooli")
	const program = `trap 'echo "$ROWHOUSE_TENANT tidied up"; exit 0' TERM; echo ready; while :; do sleep 0.01; done`
	for programs, whom := range map[int][]string{1: {"--tenant", "acme"}, 2: {"--all", "--workers", "2"}} {
		t.Run(fmt.Sprint(programs), func(t *testing.T) {
			cmd := p.command(slices.Concat([]string{"exec"}, whom, []string{"--", "sh", "-c", program})...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for range programs {
				lines.Scan() // it is ready
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			var rest []string
			for lines.Scan() {
				rest = append(rest, lines.Text())
			}
			_ = cmd.Wait()
			if !strings.Contains(strings.Join(rest, "\n"), "acme tidied up") {
				t.Errorf("after the signal: %q", rest)
			}
		})
	}
}

// Lines of programs that run side by side stay whole.
func TestMarkersDoNotMixLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var lines sync.Mutex
	var group sync.WaitGroup
	for n := range 4 {
		group.Go(func() {
			m := &marker{to: &out, mark: fmt.Sprintf("t%d: ", n), lines: &lines}
			for range 100 {
				for _, part := range []string{"he", "llo", "\nwor", "ld\n"} {
					if _, err := m.Write([]byte(part)); err != nil {
						t.Error(err)
					}
				}
			}
			_, _ = m.Write([]byte("end"))
			m.flush()
		})
	}
	group.Wait()
	count := map[string]int{}
	for line := range strings.Lines(out.String()) {
		_, text, _ := strings.Cut(line, ": ")
		count[text]++
	}
	if len(count) != 3 || count["hello\n"] != 400 || count["world\n"] != 400 || count["end\n"] != 4 {
		t.Errorf("lines: %v", count)
	}
}

func TestMarkerBoundsALine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := &marker{to: &out, mark: "t: ", lines: &sync.Mutex{}}
	if _, err := m.Write(bytes.Repeat([]byte("x"), 3*longestLine)); err != nil {
		t.Fatal(err)
	}
	m.flush()
	if got := strings.Count(out.String(), "x"); got != 3*longestLine {
		t.Errorf("%d bytes came through", got)
	}
	if len(m.begun) > longestLine {
		t.Errorf("%d bytes are kept", len(m.begun))
	}
}

func TestPromptRunsNothing(t *testing.T) {
	t.Parallel()
	for slug, want := range map[string]string{
		"acme":          "acme",
		"%`touch x`":    "%%touch x",
		"50%~":          "50%%~",
		"a\x1b[2J\nb":   `a\x1b[2J\nb`,
		"%:SECRET:%[%]": "%%:SECRET:%%[%%]",
	} {
		if got := promptText(slug); got != want {
			t.Errorf("%q becomes %q, want %q", slug, got, want)
		}
	}
}

func TestMarksHoldNoControlCharacters(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	marked, _ := (&cli{out: &out}).marked("a\x1b[2J\nhooli", &sync.Mutex{})
	_, _ = marked.Write([]byte("line\n"))
	if got := out.String(); got != `a\x1b[2J\nhooli: line`+"\n" {
		t.Errorf("the line is %q", got)
	}
}
