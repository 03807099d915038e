package adopt_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/adopt"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// envCrash makes the test's own program adopt a database, to be killed.
const (
	envCrash    = "ROWHOUSE_TEST_ADOPT_URL"
	envCrashDir = "ROWHOUSE_TEST_ADOPT_DIR"
)

func options() adopt.Options {
	return adopt.Options{Slug: "acme", From: []string{"public", "stage"}, Shared: []string{"articles"}}
}

// TestCrashChild is not a test of its own: see TestKilledAnywhere.
func TestCrashChild(t *testing.T) {
	url := os.Getenv(envCrash)
	if url == "" {
		return
	}
	e := &estate{t: t, url: url, dir: os.Getenv(envCrashDir)}
	e.must(options())
}

// Killed at any moment, a run has changed nothing or everything, and the next one
// finishes the job or says that it is done.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	whole := (&estate{t: t}).killed(time.Hour)
	parts := 3
	if pgtest.Proof() {
		parts = 12
	}
	for part := range parts {
		(&estate{t: t}).killed(whole * time.Duration(part+1) / time.Duration(parts+1))
	}
}

// killed adopts in another process, kills that after some time and runs again. It
// returns how long the process lived.
func (e *estate) killed(after time.Duration) time.Duration {
	e.t.Helper()
	t := e.t
	e = newEstate(t, street)
	before, left := e.counts("public", "stage"), e.left("public")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), envCrash+"="+e.url, envCrashDir+"="+e.dir)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	lived := time.Since(began)
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() >= 0) {
		t.Fatalf("the child failed by itself: %v", err)
	}
	e.settled()
	done := e.text("SELECT to_regclass('rowhouse.tenants') IS NOT NULL") == "true"
	if now := e.left("public"); (now == "") != done || !done && now != left {
		t.Errorf("killed after %s, a part is done: %s", after, now)
	}
	report := e.must(options())
	if report.Already != done || report.Tenant.Status != tenant.Active {
		t.Errorf("killed after %s: done %v, and the next run says %v", after, done, report.Already)
	}
	if after := e.counts("shared", report.Tenant.Placement.Schema); !maps.Equal(before, after) {
		t.Errorf("rows before: %v, after: %v", before, after)
	}
	e.equal(report.Tenant, e.create("second"))
	return lived
}

// settled waits until the server has noticed that the child is gone.
func (e *estate) settled() {
	e.t.Helper()
	for range 500 {
		if e.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'") == "0" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	e.t.Fatal("the killed run's connection is still there")
}
