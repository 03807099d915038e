package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/dockertest"
)

// withDocker runs silos in containers behind a real nginx.
func withDocker(t *testing.T) {
	b := newBoxes(t, dockertest.Polls(t), dockertest.PostgreSQL(t))
	t.Cleanup(func() { b.clear() })
	b.must("tenant", "create", "one", "two", "--isolation", "silo")
	f := b.nginx()
	for _, step := range []struct {
		name string
		run  func(*testing.T, *boxes, *front)
	}{
		{"both serve, and nobody sees anybody", bothServe},
		{"secrets are files, and limits hold", secretsAndLimits},
		{"one is stopped", oneIsStopped},
		{"a third is launched", aThirdIsLaunched},
		{"a database server is killed", aDatabaseIsKilled},
		{"operators reach them", operatorsReachThem},
		{"what fails says why", whatFailsSaysWhy},
		{"a port is taken", aPortIsTaken},
		{"up is killed", upIsKilled},
		{"one falls asleep", oneFallsAsleep},
		{"purged", purged},
	} {
		if !t.Run(step.name, func(t *testing.T) { b.t = t; step.run(t, b, f) }) {
			return // what follows begins where this ends
		}
	}
}

// clear leaves nothing on an engine that is not the test's own.
func (b *boxes) clear() {
	for _, slug := range []string{"one", "two", "three"} {
		_, _, _ = b.run("tenant", "delete", slug, "--purge", "--yes")
	}
}

func bothServe(t *testing.T, b *boxes, f *front) {
	for _, slug := range []string{"one", "two"} {
		if answer := f.get(t, slug, "/tenant"); answer != http.StatusOK {
			t.Fatalf("%s: %d\n%s", slug, answer, b.must("silo", "logs", slug))
		}
	}
	const ann = `{"username": "ann", "email": "ann@example.com", "password": "a-long-enough-word"}`
	if answer := f.send(t, http.MethodPost, "one", "/users/", ann); answer != http.StatusCreated {
		t.Errorf("a new user at one: %d", answer)
	}
	for slug, want := range map[string]int{"one": http.StatusOK, "two": http.StatusBadRequest} {
		if answer := f.send(t, http.MethodPost, slug, "/login/", ann); answer != want {
			t.Errorf("one's user at %s: %d, want %d", slug, answer, want)
		}
	}
}

// inspected is what docker inspect says about a container of a silo.
type inspected struct {
	State        struct{ Pid int }
	RestartCount int
	HostConfig   struct{ Memory, NanoCpus int64 }
}

func (b *boxes) inspect(slug, service string) (c inspected, text string) {
	b.t.Helper()
	id := dockertest.Docker(b.t, "ps", "--quiet", "--filter", "label=com.docker.compose.project=rowhouse-"+b.id(slug), "--filter", "label=com.docker.compose.service="+service)
	text = dockertest.Docker(b.t, "inspect", "--format", "{{json .}}", id)
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		b.t.Fatal(err)
	}
	return c, text
}

func (b *boxes) id(slug string) string {
	b.t.Helper()
	var shown struct{ ID string }
	if err := json.Unmarshal([]byte(b.must("tenant", "show", slug, "--json")), &shown); err != nil {
		b.t.Fatal(err)
	}
	return shown.ID
}

func secretsAndLimits(t *testing.T, b *boxes, _ *front) {
	password, err := os.ReadFile(filepath.Join(b.dir, "silos", b.id("one"), "secrets", "password"))
	if err != nil {
		t.Fatal(err)
	}
	for service, memory := range map[string]int64{"web": 192 << 20, "database": 384 << 20} {
		c, text := b.inspect("one", service)
		if strings.Contains(text, string(password)) {
			t.Errorf("docker inspect shows the password of %s", service)
		}
		if c.HostConfig.Memory != memory || c.HostConfig.NanoCpus == 0 {
			t.Errorf("%s: %+v", service, c.HostConfig)
		}
	}
}

func oneIsStopped(t *testing.T, b *boxes, f *front) {
	b.must("silo", "down", "one")
	const requests = 1000
	failed := 0
	for range requests {
		if f.get(t, "two", "/polls/") != http.StatusOK {
			failed++
		}
	}
	t.Logf("two answered %d of %d requests while one was stopped", requests-failed, requests)
	if answer := f.get(t, "one", "/tenant"); failed > 0 || answer != http.StatusBadGateway {
		t.Errorf("%d requests to two failed; one answers %d", failed, answer)
	}
	b.must("silo", "up", "one")
	f.await(t, "one")
}

func aThirdIsLaunched(t *testing.T, b *boxes, f *front) {
	one, two := f.flow("one"), f.flow("two")
	b.must("tenant", "create", "three", "--isolation", "silo")
	f.reload(b)
	f.await(t, "three")
	one.ends(t, "while three was launched, one")
	two.ends(t, "while three was launched, two")
}

func aDatabaseIsKilled(t *testing.T, b *boxes, f *front) {
	neighbour := f.flow("one")
	before, _ := b.inspect("two", "database")
	if err := syscall.Kill(before.State.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		after, _ := b.inspect("two", "database")
		if after.RestartCount > before.RestartCount && f.get(t, "two", "/polls/") == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("two does not come back: %s", b.must("silo", "logs", "two"))
		}
	}
	neighbour.ends(t, "while two's database server was killed, one")
}

func operatorsReachThem(t *testing.T, b *boxes, _ *front) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"sql", "--tenant", "one", "SELECT count(*) AS users FROM users"}, "one     1"},
		{[]string{"exec", "--tenant", "two", "--", "psql", "-XAtc", "SELECT count(*) FROM users"}, "0\n"},
		{[]string{"migrate", "status", "--tenant", "three"}, "three   2        0"},
		{[]string{"silo", "status", "three"}, "three running at"},
		{[]string{"silo", "logs", "three"}, "== web\n"},
	} {
		if out := b.must(c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%q: no %q in\n%s", c.args, c.want, out)
		}
	}
}

func whatFailsSaysWhy(t *testing.T, b *boxes, f *front) {
	fails := func(why string) {
		t.Helper()
		if _, stderr, code := b.run("silo", "up", "one"); code != 1 || !strings.Contains(stderr, why) {
			t.Errorf("exit code %d, no %q in %s", code, why, stderr)
		}
	}
	b.configure("rowhouse-proof/none:1", "")
	fails("the image rowhouse-proof/none:1 is not here")
	b.configure(b.polls, "[/polls, nonsense]")
	fails("usage: polls COMMAND")
	b.configure(b.polls, "")
	broken := filepath.Join(b.dir, "migrations", "tenant", "0099_broken.sql")
	if err := os.WriteFile(broken, []byte("-- +goose Up\nSELECT nonsense();\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	fails("nonsense() does not exist")
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	b.must("silo", "up", "one")
	f.await(t, "one")
}

// A port of a stack that was down is somebody else's now: it takes another one.
func aPortIsTaken(t *testing.T, b *boxes, f *front) {
	was := b.upstream("one")
	b.must("silo", "down", "one")
	listener, err := net.Listen("tcp", was)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { // whom the proxy leads here before it knows better is turned away at once
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	b.must("silo", "up", "one")
	if now := b.upstream("one"); now == was {
		t.Errorf("one is at %s still", now)
	}
	f.reload(b)
	f.await(t, "one")
}

func (b *boxes) upstream(slug string) string {
	b.t.Helper()
	var state struct{ Upstream string }
	if err := json.Unmarshal([]byte(b.must("silo", "status", slug, "--json")), &state); err != nil {
		b.t.Fatal(err)
	}
	return state.Upstream
}

// Wherever up is killed, up finishes it.
func upIsKilled(t *testing.T, b *boxes, f *front) {
	neighbour := f.flow("two")
	for _, after := range []time.Duration{200, 700, 1500, 3000} {
		b.must("silo", "down", "one")
		cmd := b.command("silo", "up", "one")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond) // wherever that is
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		b.must("silo", "up", "one")
		f.await(t, "one")
	}
	neighbour.ends(t, "while up was killed, two")
}

// Nobody asks one, and it is stopped; who asks then waits, and is answered.
func oneFallsAsleep(t *testing.T, b *boxes, f *front) {
	var said bytes.Buffer
	watch := b.command("silo", "watch")
	watch.Stderr = &said
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = watch.Process.Kill() // it may have ended as it should
		t.Log(said.String())
	})
	neighbour := f.flow("two")
	// The proxy keeps connections open for a minute, each of which is a use.
	for deadline := time.Now().Add(4 * time.Minute); !strings.Contains(b.must("silo", "status", "one"), "stopped"); time.Sleep(500 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("one does not fall asleep")
		}
	}
	if two := b.must("silo", "status", "two"); !strings.Contains(two, "running") {
		t.Errorf("two is asked all the time, and is %s", two)
	}
	const visitors = 20
	statuses := make(chan int, visitors)
	for range visitors {
		go func() {
			status, _ := f.ask(http.MethodGet, "one", "/tenant", "")
			statuses <- status
		}()
	}
	for range visitors {
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("who woke one was answered %d", status)
		}
	}
	neighbour.ends(t, "while one slept, two")
	if err := errors.Join(watch.Process.Signal(os.Interrupt), watch.Wait()); err != nil {
		t.Error(err)
	}
	f.reload(b)
	f.await(t, "one")
}

func purged(t *testing.T, b *boxes, f *front) {
	filter := "label=com.docker.compose.project=rowhouse-" + b.id("three")
	if left := dockertest.Docker(t, "volume", "ls", "--quiet", "--filter", filter); left == "" {
		t.Error("three has no volume")
	}
	b.must("silo", "down", "three")
	b.configure(b.polls, "[/polls, nonsense]") // not even one that cannot come up stays
	b.must("tenant", "delete", "three", "--purge", "--yes")
	b.configure(b.polls, "")
	for _, kind := range [][]string{{"ps", "--all"}, {"volume", "ls"}, {"network", "ls"}} {
		if left := dockertest.Docker(t, append(kind, "--quiet", "--filter", filter)...); left != "" {
			t.Errorf("left over: %s", left)
		}
	}
	if answer := f.get(t, "two", "/tenant"); answer != http.StatusOK {
		t.Errorf("two answers %d", answer)
	}
}

// flow is requests to one host, one after the other, until it ends.
type flow struct {
	stop   context.CancelFunc
	done   chan struct{}
	asked  int
	failed []string
}

func (f *front) flow(slug string) *flow {
	ctx, stop := context.WithCancel(context.Background())
	one := &flow{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(one.done)
		for ctx.Err() == nil {
			one.asked++
			if answer, err := f.ask(http.MethodGet, slug, "/polls/", ""); err != nil || answer != http.StatusOK {
				one.failed = append(one.failed, strings.TrimSpace(strconv.Itoa(answer)+" "+errorText(err)))
			}
		}
	}()
	return one
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// ends stops the flow, of which not one request may have failed.
func (f *flow) ends(t *testing.T, when string) {
	t.Helper()
	f.stop()
	<-f.done
	t.Logf("%s answered %d of %d requests", when, f.asked-len(f.failed), f.asked)
	if f.asked < 10 || len(f.failed) > 0 {
		t.Errorf("failed: %q", f.failed)
	}
}
