package pgtest_test

import (
	"runtime"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

func TestNeedSkipsOnlyWhatIsNamed(t *testing.T) {
	t.Setenv(pgtest.EnvSkip, "chromium named-one")
	cases := []struct{ program, want string }{
		{"go", "found"},
		{"named-one", "skipped"},
		{"another-missing-one", "failed"},
		{"named", "failed"}, // a part of a name is another name
	}
	for _, c := range cases {
		if got := outcome(t, c.program); got != c.want {
			t.Errorf("%s: %s, want %s", c.program, got, c.want)
		}
	}
}

// outcome calls Need as a test would, and notes how that test would have ended.
func outcome(t *testing.T, program string) string {
	witness := &witness{TB: t, ended: "found"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		pgtest.Need(witness, program)
	}()
	<-done
	return witness.ended
}

// witness is a test whose skips and failures are only noted.
type witness struct {
	testing.TB
	ended string
}

func (w *witness) Helper() {}

func (w *witness) Skipf(string, ...any)  { w.end("skipped") }
func (w *witness) Fatalf(string, ...any) { w.end("failed") }

func (w *witness) end(how string) {
	w.ended = how
	runtime.Goexit()
}

func TestSomeTriesSomethingOfWhatThereIs(t *testing.T) {
	for range 50 {
		for n := range 8 {
			some := pgtest.Some(make([]int, n))
			if whole := pgtest.Proof() && len(some) != n; whole || n > 0 && len(some) == 0 || len(some) > n {
				t.Fatalf("%d of %d", len(some), n)
			}
		}
	}
}
