package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse"
)

// running is a demo in a process of its own.
type running struct {
	*project
	demo demoView
	cmd  *exec.Cmd
	log  *bytes.Buffer
}

// startDemo starts a demo for a user with an empty home.
func startDemo(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{project: &project{t: t, dir: t.TempDir()}, log: &bytes.Buffer{}}
	warm(t, r.dir)
	r.cmd = r.command(append([]string{"demo", "--addr", "127.0.0.1:0", "--json"}, args...)...)
	r.cmd.Stderr = r.log
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill(); _ = r.cmd.Wait() })
	if err := json.NewDecoder(out).Decode(&r.demo); err != nil {
		t.Fatalf("the demo did not start: %v\n%s", err, r.log)
	}
	return r
}

// ask sends a request to a tenant. Names below localhost are this machine, whatever
// the resolver of this machine thinks.
func (r *running) ask(method, address, body string, header ...string) (int, string) {
	r.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		r.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(r.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	here := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", u.Port()))
	}
	client := http.Client{Transport: &http.Transport{DialContext: here, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// at is the address of a tenant that the demo did not print.
func (r *running) at(slug, path string) string {
	return strings.Replace(r.demo.URL, "//", "//"+slug+".", 1) + path
}

func TestDemo(t *testing.T) {
	t.Parallel()
	r := startDemo(t)
	config, err := rowhouse.Load(r.demo.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("tenants differ", r.tenantsDiffer)
	t.Run("strangers", r.strangers)
	t.Run("another tenant", r.anotherTenant)
	t.Run("port in use", r.portInUse)
	t.Run("wrong password", func(t *testing.T) { r.wrongPassword(t, config.Servers[rowhouse.Main].URL) })
	r.ends(t, config.Servers[rowhouse.Main].URL)
}

func (r *running) tenantsDiffer(t *testing.T) {
	thor, potter := r.demo.Tenants[0], r.demo.Tenants[1]
	_, one := r.ask("GET", thor.URL+"polls/", "")
	_, other := r.ask("GET", potter.URL+"polls/", "")
	if one == other || !strings.Contains(one, "question") || !strings.Contains(other, "question") {
		t.Errorf("thor's and potter's polls:\n%s\n%s", one, other)
	}
	login, _ := json.Marshal(thor.Logins[0])
	code, answer := r.ask("POST", thor.URL+"login/", string(login), "Content-Type", "application/json")
	var token struct{ Token string }
	if err := json.Unmarshal([]byte(answer), &token); err != nil || token.Token == "" {
		t.Fatalf("log in: %d %s", code, answer)
	}
	code, answer = r.ask("POST", potter.URL+"polls/", `{"question":"Mine?"}`, "Authorization", "Token "+token.Token, "Content-Type", "application/json")
	if code != http.StatusUnauthorized {
		t.Errorf("potter takes thor's token: %d %s", code, answer)
	}
}

func (r *running) strangers(t *testing.T) {
	code, answer := r.ask("GET", r.at("nobody", "polls/"), "")
	if code != http.StatusNotFound || !strings.Contains(answer, "unknown-tenant") {
		t.Errorf("an unknown host: %d %s", code, answer)
	}
	code, answer = r.ask("GET", r.demo.URL, "")
	if code != http.StatusOK || !strings.Contains(answer, r.demo.Tenants[0].URL) {
		t.Errorf("the central host: %d %s", code, answer)
	}
	if code, _ = r.ask("GET", r.demo.URL+"nothing", ""); code != http.StatusNotFound {
		t.Errorf("a page of the central host that is not there: %d", code)
	}
}

// Another terminal needs no configuration: the demo is found.
func (r *running) anotherTenant(t *testing.T) {
	if code, _ := r.ask("GET", r.at("loki", "tenant"), ""); code != http.StatusNotFound {
		t.Fatalf("loki is there before it is made: %d", code)
	}
	_, stderr, code := r.run("tenant", "create", "loki")
	if code != 0 || !strings.Contains(stderr, "using the demo that runs on ") {
		t.Fatalf("create loki: exit code %d: %s", code, stderr)
	}
	began := time.Now()
	for {
		code, answer := r.ask("GET", r.at("loki", "tenant"), "")
		if code == http.StatusOK {
			return
		}
		if time.Since(began) > time.Second {
			t.Fatalf("loki is not served: %d %s", code, answer)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *running) portInUse(t *testing.T) {
	u, _ := url.Parse(r.demo.URL)
	_, stderr, code := r.run("demo", "--addr", "127.0.0.1:"+u.Port())
	if code != codeFailed || !strings.Contains(stderr, "is in use") || strings.Contains(stderr, "starting") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func (r *running) wrongPassword(t *testing.T, server string) {
	u, _ := url.Parse(server)
	u.User = url.UserPassword(u.User.Username(), "wrong")
	_, stderr, code := r.run("--database-url", u.String(), "tenant", "list")
	if code != codeFailed || !strings.Contains(stderr, "wrong password; correct the password") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// ends interrupts the demo and looks for what it left. Some shells signal twice: that
// is one interrupt.
func (r *running) ends(t *testing.T, server string) {
	for range 2 {
		if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("the demo ended with %v\n%s", err, r.log)
	}
	refuses(t, server)
	for _, path := range []string{filepath.Dir(r.demo.Config), filepath.Join(r.dir, "rowhouse", "demo.json")} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there (%v)", path, err)
		}
	}
}

// refuses waits until nobody listens at a server any more.
func refuses(t *testing.T, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", u.Host)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			conn.Close()
		}
	}
	t.Errorf("%s still answers", u.Host)
}

func TestDemoSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := enterable(t)
	first := startDemo(t, "--dir", dir)
	config, err := rowhouse.Load(first.demo.Config)
	if err != nil {
		t.Fatal(err)
	}
	first.must("tenant", "create", "loki")
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	refuses(t, config.Servers[rowhouse.Main].URL)
	// The pointer that it left leads nowhere.
	if _, stderr, code := first.run("tenant", "list"); code != codeUsage || !strings.Contains(stderr, "no database") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	second := startDemo(t, "--dir", dir)
	if code, answer := second.ask("GET", second.at("loki", "tenant"), ""); code != http.StatusOK {
		t.Errorf("loki did not survive: %d %s", code, answer)
	}
}

// A pointer whose process number belongs to somebody else by now leads nowhere.
func TestStalePointer(t *testing.T) {
	t.Parallel()
	p := &project{t: t, dir: t.TempDir()}
	path := filepath.Join(p.dir, "rowhouse", "demo.json")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(pointer{PID: os.Getpid(), Addr: "127.0.0.1:1", Config: "none.yaml"})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := p.run("tenant", "list"); code != codeUsage || !strings.Contains(stderr, "no database") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// A demo does not take over the folder of a real project.
func TestDemoLeavesForeignFoldersAlone(t *testing.T) {
	t.Parallel()
	p := &project{t: t, dir: t.TempDir()}
	config := filepath.Join(p.dir, configFile)
	if err := os.WriteFile(config, []byte("# mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := p.run("demo", "--addr", "127.0.0.1:0", "--dir", p.dir)
	if code != codeUsage || !strings.Contains(stderr, "was not written by a demo") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if text, err := os.ReadFile(config); err != nil || string(text) != "# mine\n" {
		t.Errorf("the configuration is now %q (%v)", text, err)
	}
}

func TestDemoRefuses(t *testing.T) {
	t.Parallel()
	p := &project{t: t, dir: t.TempDir()}
	for flag, want := range map[string]string{
		"--isolation=house": "use row, schema, database or silo",
		"--engine=oracle":   "no engine", "--addr=8080": "write host:port",
	} {
		if _, stderr, code := p.run("demo", flag); code != codeUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d: %s", flag, code, stderr)
		}
	}
}

// enterable is a temporary folder that the server's account may enter.
func enterable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
