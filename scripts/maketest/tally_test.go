//go:build unix

package main

import (
	"bytes"
	"strings"
	"testing"
)

// stream is what `go test -json` says about the given tests.
func stream(events ...string) *strings.Reader {
	return strings.NewReader(strings.Join(events, "\n") + "\n")
}

func ev(action, test, output string) string {
	return `{"Action":"` + action + `","Package":"p","Test":"` + test + `","Output":"` + output + `"}`
}

func TestTheTallyPrintsWhatGoTestPrints(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		events []string
		want   string
	}{
		{
			"a pass is one line",
			[]string{ev("output", "TestA", `=== RUN   TestA\n`), ev("output", "TestA", `noise\n`), ev("pass", "TestA", ""), ev("output", "", `PASS\n`), ev("output", "", `ok  \tp\t0.1s\n`)},
			"ok  \tp\t0.1s\n",
		},
		{
			"a failure shows its output",
			[]string{ev("output", "TestA", `a_test.go:1: bad\n`), ev("fail", "TestA", ""), ev("output", "", `FAIL\tp\t0.1s\n`), ev("fail", "", "")},
			"a_test.go:1: bad\nFAIL\tp\t0.1s\n",
		},
		{
			"a panic cuts a test off",
			[]string{ev("output", "TestA", `panic: oops\n`), ev("fail", "", "")},
			"panic: oops\n",
		},
		{
			"what does not compile is shown",
			[]string{`{"ImportPath":"p","Action":"build-output","Output":"x.go:1: undefined\n"}`},
			"x.go:1: undefined\n",
		},
		{"lines that are no events pass through", []string{"go: warning"}, "go: warning\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := (&tally{out: &out}).read(stream(c.events...)); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("printed %q, want %q", out.String(), c.want)
			}
		})
	}
}

func TestOnlySkipsThatWereAskedForPass(t *testing.T) {
	t.Parallel()
	asked := []string{ev("output", "TestA", `a_test.go:1: pgbouncer: named in ROWHOUSE_TEST_SKIP\n`), ev("skip", "TestA", "")}
	itself := []string{ev("output", "TestB", `b_test.go:1: not today\n`), ev("skip", "TestB", "")}
	cases := []struct {
		name   string
		events []string
		fails  bool
	}{
		{"asked for", asked, false},
		{"by itself", itself, true},
		{"no test files is no skipped test", []string{ev("skip", "", "")}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			total := &tally{out: &out}
			if err := total.read(stream(c.events...)); err != nil {
				t.Fatal(err)
			}
			if err := total.close([]string{"pgbouncer"}); (err != nil) != c.fails {
				t.Errorf("got %v", err)
			}
			if !strings.HasSuffix(out.String(), "skipped by SKIP=pgbouncer\n") {
				t.Errorf("the last line does not repeat SKIP: %q", out.String())
			}
		})
	}
}
