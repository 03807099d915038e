package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

// EnvURL names the variable that holds a superuser's URL of the server to test on.
const EnvURL = "ROWHOUSE_TEST_DATABASE_URL"

// own is this process's server: given from outside or started at the first use.
//
// The one variable of its kind in the project: tests of a package have nobody to hand
// it from one to the next, and a server for each of them would take minutes.
var own shared

type shared struct {
	once    sync.Once
	url     string
	cluster *pglocal.Cluster // nil where the server was given
	err     error
	admin   admin
}

// URL is the superuser's URL of the server, with its database postgres. Tests that
// only need a database of their own use [Database].
func URL(t testing.TB) string {
	t.Helper()
	own.once.Do(own.start)
	if own.err != nil {
		t.Fatalf("no PostgreSQL to test on: %v", own.err)
	}
	return own.url
}

func (s *shared) start() {
	if s.url = os.Getenv(EnvURL); s.url != "" {
		return
	}
	s.cluster, s.err = pglocal.Start(context.Background(), Options())
	if s.err == nil {
		s.url = s.cluster.URL("postgres")
	}
}

func (s *shared) stop() error {
	s.once.Do(func() { s.err = fmt.Errorf("the tests are over") }) // nobody starts one from here on
	if s.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return s.cluster.Stop(ctx)
}

// Options are those of the server that tests run on.
func Options() pglocal.Options {
	return pglocal.Options{
		Throwaway:      true,
		Memory:         !Proof(), // the long forms hold too much for it
		MaxConnections: 300,      // packages run side by side, each with a few pools
		StartTimeout:   2 * time.Minute,
	}
}

// Main runs a package's tests and stops the server that they started, also when they
// are interrupted: `func TestMain(m *testing.M) { pgtest.Main(m) }`. Without it the
// server still ends with the process on Linux, and its files go at the next start.
func Main(m *testing.M) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		finish(1)
	}()
	finish(m.Run())
}

func finish(code int) {
	if err := own.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}
