package rowhouse_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	silolevel "github.com/rowhouse-go/rowhouse/isolation/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// restartable is a database server that keeps its data, not its port. Whoever is on this
// machine may connect, so that no password saves who reaches the wrong one.
type restartable struct {
	t   *testing.T
	dir string
	now *pglocal.Cluster
}

func newRestartable(t *testing.T) *restartable {
	t.Helper()
	// Not t.TempDir: the server's user has to get in.
	dir, err := os.MkdirTemp("", "moved-")
	if err = errors.Join(err, os.Chmod(dir, 0o711)); err != nil {
		t.Fatal(err)
	}
	r := &restartable{t: t, dir: dir}
	t.Cleanup(func() { r.stop(); _ = os.RemoveAll(dir) })
	r.start()
	return r
}

func (r *restartable) start() (url string) {
	r.t.Helper()
	cluster, err := pglocal.Start(r.t.Context(), pglocal.Options{
		Dir: filepath.Join(r.dir, "pg"), Throwaway: true, Settings: map[string]string{"synchronous_commit": "on"},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.now = cluster
	return cluster.URL("postgres")
}

func (r *restartable) stop() {
	r.t.Helper()
	if err := r.now.Stop(context.WithoutCancel(r.t.Context())); err != nil {
		r.t.Error(err)
	}
}

// crash has the server end at once, and so do all sessions: they say no more than a notice.
func (r *restartable) crash() {
	r.t.Helper()
	process, err := os.FindProcess(r.now.PID())
	if err == nil {
		err = process.Signal(syscall.SIGQUIT)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	<-r.now.Done()
	r.stop()
}

// take listens where a server was, for another one, as that might itself.
func take(t *testing.T, was, others string) {
	t.Helper()
	listener, err := net.Listen("tcp", hostOf(t, was))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			visitor, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", hostOf(t, others))
			if err != nil {
				_ = visitor.Close()
				continue
			}
			go func() { _, _ = io.Copy(server, visitor); _ = server.Close() }()
			go func() { _, _ = io.Copy(visitor, server); _ = visitor.Close() }()
		}
	}()
}

func hostOf(t *testing.T, raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		t.Error(err)
	}
	return u.Host
}

// A program that runs for long goes on with a silo that comes back at another port, and
// has nothing to do with who is at the old one.
func TestASiloThatComesBackElsewhere(t *testing.T) {
	t.Parallel()
	own := newRestartable(t)
	was, neighbours := own.now.URL("postgres"), pgtest.Database(t)
	var at atomic.Value
	at.Store(was)
	c := config(t)
	c.Schemas = isolation.DefaultNames()
	c.Schemas.Prefix = pgtest.Prefix(t)
	c.Levels = []isolation.Maker{silolevel.Maker()}
	var acme, potter *tenant.Tenant
	first := "" // the server of who is made first
	c.Elsewhere = func(name string) (rowhouse.Server, error) {
		if first == "" {
			first = name
		}
		if name == first {
			return rowhouse.Server{URL: at.Load().(string), MaxConns: 4}, nil
		}
		return rowhouse.Server{URL: neighbours, MaxConns: 4}, nil
	}
	h := open(t, c)
	acme, potter = createAt(t, h, "acme", tenant.Silo, ""), createAt(t, h, "potter", tenant.Silo, "")
	write(t, h, acme, "acme's")
	write(t, h, potter, "potter's")
	crowd(t, h, acme) // leaves connections

	own.crash()
	take(t, was, neighbours)
	at.Store(own.start())
	crowd(t, h, acme)

	own.stop()
	at.Store(strings.Replace(neighbours, hostOf(t, neighbours), hostOf(t, was), 1)) // stale: it leads to the neighbour
	ctx, cancel := context.WithTimeout(in(t, acme), 300*time.Millisecond)
	defer cancel()
	if _, err := h.SQL().ExecContext(ctx, "INSERT INTO notes (body) VALUES ('lost')"); err == nil {
		t.Error("somebody else's server took acme's note")
	}
	if body, err := read(t, h, potter); err != nil || body != "potter's" {
		t.Errorf("potter reads %q, %v", body, err)
	}
	at.Store(own.start())
	crowd(t, h, acme)
}

// crowd reads on several connections at once; each reads its tenant's own.
func crowd(t *testing.T, h *rowhouse.House, who *tenant.Tenant) {
	t.Helper()
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			if body, err := read(t, h, who); err != nil || body != who.Slug+"'s" {
				t.Errorf("%s reads %q, %v", who.Slug, body, err)
			}
		})
	}
	readers.Wait()
}
