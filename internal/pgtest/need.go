package pgtest

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// EnvSkip names the variable that lists programs which tests may do without, by
// spaces. `make test SKIP=…` sets it.
const EnvSkip = "ROWHOUSE_TEST_SKIP"

// Proof reports whether the long forms of tests are wanted: `make proof` wants them.
func Proof() bool { return os.Getenv("ROWHOUSE_PROOF") == "1" }

// Some is what a short form tries of many cases that cost something: every third, from
// a start of its own each time, so that many runs try all. The long form tries all.
func Some[T any](all []T) (some []T) {
	const every = 3
	if Proof() {
		return all
	}
	for i := rand.N(min(every, max(len(all), 1))); i < len(all); i += every {
		some = append(some, all[i])
	}
	return some
}

// Need returns the path of a program that a test runs. Where it is missing the test
// fails, or is skipped if ROWHOUSE_TEST_SKIP names the program: nothing else skips.
func Need(t testing.TB, program string) string {
	t.Helper()
	if slices.Contains(strings.Fields(os.Getenv(EnvSkip)), program) {
		t.Skipf("%s: named in %s", program, EnvSkip)
	}
	path, ok := lookup(program)
	if !ok {
		t.Fatalf("%s is not installed: `make test` installs it on Debian as root and says how elsewhere; SKIP=%s does without", program, program)
	}
	return path
}

// lookup also sees where Debian puts servers, which is not on everybody's PATH.
func lookup(program string) (string, bool) {
	for _, name := range []string{program, "/usr/sbin/" + program, "/usr/local/sbin/" + program} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}
