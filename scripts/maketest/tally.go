//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// tally turns `go test -json` back into what `go test` prints, and counts.
type tally struct {
	out     io.Writer
	texts   map[testID]*strings.Builder // of tests that have not ended
	passed  int
	failed  int
	allowed int      // skipped, as SKIP said
	skipped []string // skipped by themselves
}

type testID struct{ pkg, test string }

// event is a line of `go test -json` (see go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

func (t *tally) read(stream io.Reader) error {
	t.texts = map[testID]*strings.Builder{}
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			t.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the tests' output: %w", err)
		}
	}
}

func (t *tally) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		_, _ = t.out.Write(line) // not go test's: the user should see it
		return
	}
	id := testID{e.Package, e.Test}
	switch {
	case e.Action == "build-output":
		fmt.Fprint(t.out, e.Output)
	case e.Action == "output" && e.Test == "":
		t.packageOutput(e.Output)
	case e.Action == "output":
		t.keep(id, e.Output)
	case e.Action == "fail" && e.Test == "":
		t.unfinished(e.Package)
	case e.Test != "":
		t.ended(id, e.Action)
	}
}

// packageOutput is the closing lines; a bare PASS goes before each "ok" only with -v.
func (t *tally) packageOutput(text string) {
	if text != "PASS\n" && !strings.Contains(text, "[no test files]") {
		fmt.Fprint(t.out, text)
	}
}

func (t *tally) keep(id testID, text string) {
	if strings.HasPrefix(text, "=== ") {
		return
	}
	if t.texts[id] == nil {
		t.texts[id] = &strings.Builder{}
	}
	t.texts[id].WriteString(text)
}

func (t *tally) ended(id testID, action string) {
	switch action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		t.print(id)
	case "skip":
		t.skip(id)
	default:
		return // run, pause, cont, bench
	}
	delete(t.texts, id)
}

func (t *tally) print(id testID) {
	if text := t.texts[id]; text != nil {
		fmt.Fprint(t.out, text)
	}
}

// skip tells a skip by pgtest.Need, which names our variable, from all others.
func (t *tally) skip(id testID) {
	if text := t.texts[id]; text != nil && strings.Contains(text.String(), "named in "+envSkip) {
		t.allowed++
		return
	}
	t.skipped = append(t.skipped, id.pkg+" "+id.test)
	t.print(id)
}

// unfinished prints what tests said that a panic or a timeout cut off.
func (t *tally) unfinished(pkg string) {
	for id := range t.texts {
		if id.pkg == pkg {
			t.print(id)
			delete(t.texts, id)
		}
	}
}

// close prints the closing lines; the last repeats what was left out on demand.
func (t *tally) close(skip []string) error {
	skips := t.allowed + len(t.skipped)
	fmt.Fprintf(t.out, "tests: %d passed, %d failed, %d skipped\n", t.passed, t.failed, skips)
	if len(skip) > 0 {
		fmt.Fprintf(t.out, "skipped by SKIP=%s\n", strings.Join(skip, " "))
	}
	if len(t.skipped) > 0 {
		return fmt.Errorf("tests skipped themselves, which SKIP did not ask for:\n  %s", strings.Join(t.skipped, "\n  "))
	}
	return nil
}
