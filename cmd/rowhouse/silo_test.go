package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/examples/polls/app"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// TestSilos runs testdata/silo: tenants with stacks of their own, whose application is
// polls. With ROWHOUSE_PROOF=1 it runs testdata/siloproof as well.
func TestSilos(t *testing.T) {
	t.Parallel()
	runSilos(t, "testdata/silo")
	if pgtest.Proof() {
		runSilos(t, "testdata/siloproof")
	}
}

func runSilos(t *testing.T, dir string) {
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Setup:               setUpSilos,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": jsonIs, "capture": capture, "get": getIs, "kill9": kill9,
		},
	})
}

func setUpSilos(env *testscript.Env) error {
	if err := setUp(env); err != nil {
		return err
	}
	// The database servers' user has to get in, and a script's folder lets nobody.
	dir, err := os.MkdirTemp("", "silos-")
	if err != nil {
		return err
	}
	env.Defer(func() { tearDown(env, dir) })
	polls, err := filepath.Abs("../../examples/polls")
	if err != nil {
		return err
	}
	warm(env.T().(testing.TB), env.Getenv("XDG_CACHE_HOME"))
	env.Setenv("SILOS", dir)
	env.Setenv("POLLS", polls+"/migrations")
	config := "silo: {dir: " + dir + ", app: {command: [pollsapp, '{addr}', '{dir}/rowhouse.yaml']}}\n" +
		"resolve: [{subdomain: polls.localhost}, {domain: true}]\n" +
		"migrations: {shared: " + polls + "/migrations/shared, tenant: " + polls + "/migrations/tenant}\n"
	return errors.Join(os.Chmod(dir, 0o711), os.WriteFile(filepath.Join(env.WorkDir, configFile), []byte(config), 0o600))
}

// tearDown ends what a script that failed left running.
func tearDown(env *testscript.Env, dir string) {
	t := env.T().(testing.TB)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	found, err := os.ReadDir(dir)
	for _, entry := range found {
		if id, parseErr := tenant.ParseID(entry.Name()); parseErr == nil {
			err = errors.Join(err, (&silo.Processes{Dir: dir}).Remove(ctx, id))
		}
	}
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		t.Error(err)
	}
}

// pollsApp serves polls at an address as a configuration says.
func pollsApp() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	config, err := rowhouse.Load(os.Args[2])
	if err != nil {
		panic(err)
	}
	h, err := rowhouse.Open(ctx, config)
	if err != nil {
		panic(err)
	}
	defer h.Close()
	server := &http.Server{Addr: os.Args[1], Handler: h.Middleware(app.New(h.SQL()))}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		panic(err)
	}
}

// getIs compares the status of a page: get ADDRESS HOST PATH STATUS.
func getIs(ts *testscript.TestScript, _ bool, args []string) {
	var got string
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got = answerOf(ts, args[0], args[1], args[2])
		if got[:3] == args[3] {
			return
		}
		if time.Now().After(deadline) { // what was changed is heard of by LISTEN
			ts.Fatalf("%s%s: %s, want %s", args[1], args[2], got, args[3])
		}
	}
}

func answerOf(ts *testscript.TestScript, addr, host, path string) (status string) {
	request, err := http.NewRequest(http.MethodGet, "http://"+addr+path, nil)
	ts.Check(err)
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	ts.Check(response.Body.Close())
	return response.Status
}

// kill9 kills a process.
func kill9(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(syscall.Kill(pid, syscall.SIGKILL))
}
