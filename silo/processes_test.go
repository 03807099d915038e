package silo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/portbook"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// house is a runtime and a stack of its own for one test.
type house struct {
	*silo.Processes
	stack silo.Stack
	dir   string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	// Not t.TempDir: the database server's user has to get in, and sockets want short names.
	root, err := os.MkdirTemp("", "silo-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(root, 0o711); err != nil {
		t.Fatal(err)
	}
	h := &house{
		Processes: &silo.Processes{Dir: root, Supervisor: []string{self(), "supervise"}},
		stack: silo.Stack{
			ID: tenant.NewID(), Prepare: []string{self(), "prepare"}, App: []string{self(), "serve", "{addr}"}, Health: "/health",
			Files: map[string]string{"rowhouse.yaml": "# secret"},
		},
	}
	h.dir = filepath.Join(root, h.stack.ID.String())
	t.Cleanup(func() {
		if err := errors.Join(h.Remove(context.WithoutCancel(t.Context()), h.stack.ID), os.RemoveAll(root)); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) up(t *testing.T) silo.State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	state, err := h.Up(ctx, h.stack)
	if err != nil {
		t.Fatalf("%v\n%s", err, h.logs())
	}
	return state
}

func (h *house) logs() string {
	var b strings.Builder
	for _, name := range h.LogNames() {
		b.WriteString("== " + name + "\n")
		_ = h.Log(&b, h.stack.ID, name, 4000)
	}
	return b.String()
}

func get(t *testing.T, state silo.State, path string) string {
	t.Helper()
	return getBy(t, http.DefaultClient, state, path)
}

func getBy(t *testing.T, client *http.Client, state silo.State, path string) string {
	t.Helper()
	response, err := client.Get("http://" + state.Upstream + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v %s", path, response.Status, err, body)
	}
	return string(body)
}

func TestAStackGoesUpAndDownAndKeepsItsData(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Hidden = []string{"HOME"} // it stands for a variable that leads to others' data
	first := h.up(t)
	if env := get(t, first, "/environ"); strings.Contains(env, "HOME=") || !strings.Contains(env, "PATH=") {
		t.Errorf("the application has %s", env)
	}
	if n := get(t, first, "/visit"); n != "1" {
		t.Errorf("first visit is %s", n)
	}
	if again := h.up(t); again.Pid != first.Pid || again.App != first.App {
		t.Errorf("a stack that runs was begun anew: %+v, then %+v", first, again)
	}
	h.keepsSecrets(t, first)
	h.isReached(t)
	h.refusesNeighbours(t, first)
	if err := h.Down(t.Context(), h.stack.ID); err != nil {
		t.Fatal(err)
	}
	h.isDown(t, first)
	h.keepsItsPorts(t, first)
	second := h.up(t)
	if n := get(t, second, "/visit"); n != "2" {
		t.Errorf("second visit is %s", n)
	}
}

// keepsSecrets looks for the password where other users can see it.
func (h *house) keepsSecrets(t *testing.T, state silo.State) {
	t.Helper()
	line, err := os.ReadFile(filepath.Join(h.dir, "pgpass"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(strings.TrimSpace(string(line)), ":")
	password := fields[len(fields)-1]
	if len(password) < 16 {
		t.Fatalf("the password is %q", password)
	}
	if seen := get(t, state, "/environ"); strings.Contains(seen, password) || !strings.Contains(seen, "PGPASSFILE=") {
		t.Errorf("the application's environment or arguments: %s", seen)
	}
	for _, name := range []string{"pgpass", "stack.json", "state.json", "app.log", "rowhouse.yaml"} {
		if info, err := os.Stat(filepath.Join(h.dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// isReached connects the way operators do.
func (h *house) isReached(t *testing.T) {
	t.Helper()
	url, err := h.URL(t.Context(), h.stack.ID)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM visits").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d visits, %v", n, err)
	}
}

// A neighbour's password is none here: whoever remembers an address is refused where
// another silo's server has it.
func (h *house) refusesNeighbours(t *testing.T, state silo.State) {
	t.Helper()
	theirs := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(theirs, []byte("127.0.0.1:*:*:postgres:"+strings.Repeat("0", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	url, err := silo.OwnerURL(state.Database, theirs)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err == nil {
		conn.Close(t.Context())
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); !ok || refused.Code != "28P01" {
		t.Errorf("a neighbour's password: got %v, want invalid_password", err)
	}
}

// keepsItsPorts: while it is down, its ports are nobody else's to have.
func (h *house) keepsItsPorts(t *testing.T, was silo.State) {
	t.Helper()
	for use, address := range map[string]string{portbook.App: was.Upstream, portbook.Database: was.Database} {
		port, err := portbook.In(h.Processes.Dir).Take(h.stack.ID, use)
		if err != nil || net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) != address {
			t.Errorf("its %s was at %s, and port %d is its own, %v", use, address, port, err)
		}
	}
}

// isDown: nothing that was started is left.
func (h *house) isDown(t *testing.T, was silo.State) {
	t.Helper()
	state, err := h.Status(t.Context(), h.stack.ID)
	if err != nil || state.Phase != silo.Stopped {
		t.Errorf("%+v, %v", state, err)
	}
	for _, address := range []string{was.Upstream, was.Database} {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			t.Errorf("something still listens on %s", address)
		}
	}
	if alive(was.App) {
		t.Error("the application lives on")
	}
	for deadline := time.Now().Add(time.Minute); alive(was.Pid); time.Sleep(time.Millisecond) { // it ends after it gave its lock back
		if time.Now().After(deadline) {
			t.Fatal("the supervisor lives on")
		}
	}
	if _, err := h.URL(t.Context(), h.stack.ID); !errors.Is(err, silo.ErrDown) {
		t.Errorf("got %v, want ErrDown", err)
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// Whatever is killed, the stack is up again: by itself, or by up.
func TestAStackHeals(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	state := h.up(t)
	want := 1
	for _, c := range []struct {
		name string
		pid  func() int
	}{
		{"application", func() int { return state.App }},
		{"database server", func() int { return h.postmaster(t) }},
		{"supervisor", func() int { return state.Pid }},
	} {
		if n := get(t, state, "/visit"); n != strconv.Itoa(want) {
			t.Fatalf("before %s is killed: visit %s, want %d", c.name, n, want)
		}
		want++
		pid, before := c.pid(), state
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		state = h.healed(t, c.name, before)
		if state.Upstream != before.Upstream {
			t.Errorf("after %s was killed the application is at %s, not at %s", c.name, state.Upstream, before.Upstream)
		}
	}
	if n := get(t, state, "/visit"); n != strconv.Itoa(want) {
		t.Errorf("at last: visit %s, want %d", n, want)
	}
}

// healed calls up until another process of the application answers.
func (h *house) healed(t *testing.T, name string, before silo.State) silo.State {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if state := h.up(t); state.App != before.App {
			return state
		}
	}
	t.Fatalf("%s was killed, and nothing was begun anew\n%s", name, h.logs())
	return silo.State{}
}

func (h *house) postmaster(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, "pg", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// What prepares the database must succeed before the application begins.
func TestAStackThatCannotBePreparedDoesNotBegin(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	good := h.stack.Prepare
	h.stack.Prepare = []string{self(), "refuse"}
	_, err := h.Up(t.Context(), h.stack)
	failed, ok := errors.AsType[*silo.FailedError](err)
	if !ok || !strings.Contains(failed.Reason, "the migration is broken") {
		t.Fatalf("got %v, want a FailedError that says why", err)
	}
	if _, err := h.URL(t.Context(), h.stack.ID); !errors.Is(err, silo.ErrDown) {
		t.Errorf("got %v, want ErrDown", err)
	}
	if _, err := os.Stat(filepath.Join(h.dir, "app.log")); err == nil {
		t.Error("the application was begun")
	}
	h.stack.Prepare = good
	h.up(t)
}
