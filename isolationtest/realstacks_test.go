package isolationtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/nginxtest"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/silo/proxy"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// terrace is stacks of processes behind nginx.
type terrace struct {
	runtime *silo.Processes
	nginx   *nginxtest.Nginx
	address string
	spoil   func(string) string // changes the routes: how a saboteur gets in

	mu     sync.Mutex
	site   proxy.Site
	stacks map[string]silo.Stack // by host
}

var _ isolationtest.Stacks = (*terrace)(nil)

// shared is what the application of all other tenants answers.
const shared = "shared"

func newTerrace(t *testing.T, spoil func(string) string) *terrace {
	t.Helper()
	// Not t.TempDir: the database servers' user has to get in, and sockets want short names.
	dir, err := os.MkdirTemp("", "stacks-")
	if err = errors.Join(err, os.Chmod(dir, 0o711)); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	port, err := pglocal.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	others := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, shared) }))
	t.Cleanup(others.Close)
	h := &terrace{
		runtime: &silo.Processes{Dir: dir, Supervisor: []string{program, "supervise"}},
		address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), spoil: spoil, stacks: map[string]silo.Stack{},
	}
	h.site = proxy.Site{Upstream: strings.TrimPrefix(others.URL, "http://"), Listen: []string{h.address}}
	t.Cleanup(func() { h.end(t) })
	routes, err := proxy.Nginx(h.site)
	if err != nil {
		t.Fatal(err)
	}
	h.nginx = nginxtest.Start(t, string(routes))
	return h
}

func (h *terrace) end(t *testing.T) {
	var ending sync.WaitGroup
	for _, stack := range h.stacks {
		ending.Go(func() {
			if err := h.runtime.Remove(context.WithoutCancel(t.Context()), stack.ID); err != nil {
				t.Error(err)
			}
		})
	}
	ending.Wait()
	if err := os.RemoveAll(h.runtime.Dir); err != nil {
		t.Error(err)
	}
}

// Launch implements [isolationtest.Stacks].
func (h *terrace) Launch(ctx context.Context, slug string) (string, error) {
	self := h.runtime.Supervisor[0]
	stack := silo.Stack{
		ID: tenant.NewID(), Files: map[string]string{"slug": slug},
		Prepare: []string{self, "prepare", "{dir}/slug"}, App: []string{self, "serve", "{addr}"},
	}
	host := slug + domain
	h.mu.Lock()
	h.stacks[host] = stack
	h.mu.Unlock()
	state, err := h.runtime.Up(ctx, stack)
	if err != nil {
		return "", err
	}
	return host, h.route(ctx, proxy.Route{Host: host, Upstream: state.Upstream})
}

const domain = ".example"

// route adds a route to the nginx that runs, and waits until it is in use.
func (h *terrace) route(ctx context.Context, r proxy.Route) error {
	h.mu.Lock()
	h.site.Routes = append(h.site.Routes, r)
	h.mu.Unlock()
	if err := h.answers(ctx, "nobody.example", func(slug string) bool { return slug == shared }); err != nil {
		return err // nginx is not up, and could not be told
	}
	if err := h.reroute(ctx); err != nil {
		return err
	}
	return h.answers(ctx, r.Host, func(slug string) bool { return slug != shared })
}

// reroute has the nginx that runs read the routes anew.
func (h *terrace) reroute(ctx context.Context) error {
	h.mu.Lock()
	text, err := proxy.Nginx(h.site)
	h.mu.Unlock()
	if err != nil {
		return err
	}
	program := proxy.NginxProgram(h.nginx.Path, h.nginx.File(nginxtest.Main))
	return program.Install(ctx, h.nginx.File(nginxtest.Routes), []byte(h.spoil(string(text))))
}

// answers waits until what answers is right many times in a row: for a moment after it
// was told, workers of nginx take requests that have not heard of it.
func (h *terrace) answers(ctx context.Context, host string, right func(string) bool) error {
	const sure = 20
	for row := 0; row < sure; row++ {
		slug, err := h.Ask(ctx, host)
		if err == nil && right(slug) {
			continue
		}
		row = -1
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is answered %q, %w\n%s", host, slug, errors.Join(err, ctx.Err()), h.nginx.Log())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// Ask implements [isolationtest.Stacks].
func (h *terrace) Ask(ctx context.Context, host string) (string, error) {
	return get(ctx, h.address, host)
}

// get sends a request for a host to an address, on a connection of its own.
func get(ctx context.Context, address, host string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address, nil)
	if err != nil {
		return "", err
	}
	request.Host = host
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return string(body), err
}

// Strike implements [isolationtest.Stacks].
func (h *terrace) Strike(ctx context.Context, host string, how isolationtest.Harm) (func(context.Context) error, error) {
	h.mu.Lock()
	stack := h.stacks[host]
	h.mu.Unlock()
	state, err := h.runtime.Status(ctx, stack.ID)
	if err != nil {
		return nil, err
	}
	up := func(ctx context.Context) error {
		_, err := h.runtime.Up(ctx, stack)
		return err
	}
	switch how {
	case isolationtest.Stopped:
		return up, h.runtime.Down(ctx, stack.ID)
	case isolationtest.ApplicationKilled:
		return up, syscall.Kill(state.App, syscall.SIGKILL)
	case isolationtest.DatabaseKilled:
		return up, h.killDatabase(stack.ID)
	case isolationtest.Stalled:
		wake := func(context.Context) error { return syscall.Kill(state.App, syscall.SIGCONT) }
		return wake, syscall.Kill(state.App, syscall.SIGSTOP)
	}
	return nil, errors.ErrUnsupported
}

func (h *terrace) killDatabase(id tenant.ID) error {
	text, err := os.ReadFile(filepath.Join(h.runtime.Dir, id.String(), "pg", "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}
