//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSkipNamesOnlyWhatTestsCanDoWithout(t *testing.T) {
	t.Parallel()
	for name, allowed := range map[string]bool{"pgbouncer": true, "postgresql": false, "pgbuncer": false} {
		if err := knownSkips([]string{name}); errors.Is(err, errMissing) == allowed {
			t.Errorf("SKIP=%s: %v", name, err)
		}
	}
}

func TestServicesAreHeldAndReleased(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	policy, conf := filepath.Join(dir, "policy-rc.d"), filepath.Join(dir, "createcluster.d", "rowhouse.conf")
	lift, err := holdServices(map[string]string{policy: "exit 101\n", conf: "no\n"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(conf); err != nil {
		t.Error(err)
	}
	if err := lift(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestAPolicyOfTheUsersStays(t *testing.T) {
	t.Parallel()
	policy := filepath.Join(t.TempDir(), "policy-rc.d")
	if err := os.WriteFile(policy, []byte("theirs"), 0o755); err != nil {
		t.Fatal(err)
	}
	lift, err := holdServices(map[string]string{policy: "ours"})
	if err := errors.Join(err, lift()); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(policy); err != nil || string(content) != "theirs" {
		t.Errorf("now %q %v", content, err)
	}
}

func TestWhatIsMissingIsListedForBothSystems(t *testing.T) {
	t.Parallel()
	for _, n := range needs() {
		for _, goos := range []string{"linux", "darwin"} {
			if !strings.Contains(n.advice(goos), "install") {
				t.Errorf("%s on %s: %s", n.name, goos, n.advice(goos))
			}
		}
	}
}
