package migrate_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// crowd is how many tenants are migrated, and how often the run is interrupted before
// it may end: as a proof is promised for under `make proof`, fewer under `make test`.
func crowd() (tenants, kills int) {
	if pgtest.Proof() {
		return 300, 10
	}
	return 30, 4
}

// A run that is killed anywhere is finished by running it again.
func TestKilledRunsAreFinishedByTheNext(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	tenants, kills := crowd()
	w.buildMany(tenants)
	w.interrupt(kills, func(p *os.Process) { _ = p.Kill() })
	up(t, w.runner(workshop(t)), migrate.Options{})
	w.whole()
}

// So is one whose server was stopped under it, without a moment to write anything.
func TestAStoppedServerLosesNothing(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := startCluster(t, dir)
	w := townAt(t, c.URL("postgres"))
	tenants, kills := crowd()
	w.buildMany(tenants)
	w.interrupt(kills, func(*os.Process) {
		crash(t, c)
		c = startCluster(t, dir)
		w.url = c.URL("postgres")
		w.conn = w.connect()
	})
	up(t, w.runner(workshop(t)), migrate.Options{})
	w.whole()
}

// interrupt starts runs and strikes each of them somewhere in its own share of the
// work.
func (w *town) interrupt(kills int, strike func(*os.Process)) {
	w.t.Helper()
	total := len(w.tenants)*9 + 2
	for kill := range kills {
		goal := total*kill/(kills+1) + rand.IntN(total/(kills+1))
		p := w.child()
		done := make(chan struct{})
		go func() { _, _ = p.Wait(); close(done) }()
		for deadline := time.Now().Add(time.Minute); w.entries() < goal && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		strike(p)
		<-done
		if n := w.entries(); n < goal {
			w.t.Errorf("after the strike there are %d entries: there had been %d", n, goal)
		}
	}
	if n := w.entries(); n == 0 || n == total {
		w.t.Errorf("after the strikes there are %d of %d entries: none hit the middle", n, total)
	}
}

// clusterDir is a directory that the server's account can enter, also where the
// tests run as root.
func clusterDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rowhouse-test-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "cluster")
}

// startCluster starts a server that keeps what it says it has kept.
func startCluster(t *testing.T, dir string) *pglocal.Cluster {
	t.Helper()
	c, err := pglocal.Start(context.Background(), pglocal.Options{Dir: dir, StartTimeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(context.Background()) })
	return c
}

// crash does what pg_ctl -m immediate does.
func crash(t *testing.T, c *pglocal.Cluster) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.Dir(), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGQUIT)
	}
	if err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	_ = c.Stop(context.Background()) // it has ended: this lets go of the directory
}
