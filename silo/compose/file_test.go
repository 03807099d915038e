package compose

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

var update = flag.Bool("update", false, "write the golden files anew")

// example is the plan of a stack as rowhouse silo up makes it.
func example(t *testing.T) plan {
	t.Helper()
	id, err := tenant.ParseID("0198c0de-0000-7000-8000-000000000001")
	if err != nil {
		t.Fatal(err)
	}
	return plan{
		Options: Options{Image: "polls:1.4", Check: []string{"/rowhouse", "silo", "healthy"}},
		stack: silo.Stack{
			ID:      id,
			Prepare: []string{"/rowhouse", "--config", "{dir}/rowhouse.yaml", "silo", "prepare"},
			App:     []string{"/polls", "serve", "--addr", "{addr}", "--config", "{dir}/rowhouse.yaml"},
			Health:  "/tenant",
			Files:   map[string]string{"rowhouse.yaml": "# ours"},
			Folders: []string{"/srv/polls/migrations/shared", "/srv/polls/migrations/tenant"},
		},
		place: "/srv/silos/" + place(id.String()), ports: ports{Database: 40001, Web: 40002}, version: "of-the-golden-file",
	}
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	small := example(t)
	small.Options = Options{
		Image: "registry.example/polls@sha256:0123", DatabaseImage: "postgres:18",
		Limits: Limits{Memory: "64m", CPUs: 0.25}, DatabaseLimits: Limits{Memory: "1g", CPUs: 2},
	}
	small.stack.App, small.stack.Health, small.stack.Folders = nil, "", nil
	closed := example(t)
	closed.stack.Prepare, closed.stack.App = nil, []string{"/rowhouse", "silo", "closed", "{addr}"}
	for name, p := range map[string]plan{"usual.yaml": example(t), "small.yaml": small, "closed.yaml": closed} {
		got, err := p.render()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs (%v): run with -update, and read the difference\n%s", path, err, got)
		}
	}
}

// What people write into the configuration reaches the containers as it is.
func TestStrangeValuesStayValues(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*plan){
		"nothing":            func(*plan) {},
		"a variable":         func(p *plan) { p.stack.App = []string{"/polls", "$HOME", "${HOME:-x}", "$$", "100%"} },
		"nothing to prepare": func(p *plan) { p.stack.Prepare = nil },
		"no command":         func(p *plan) { p.stack.App = nil },
		"YAML": func(p *plan) {
			p.stack.App = []string{"/polls", "a: b\n    privileged: true", "#", "- x", "no", "1e3", "~"}
		},
		"a dollar in paths": func(p *plan) { p.stack.Folders = []string{"/srv/$HOME/a b:c", "/srv/${X}"}; p.place = "/srv/$silos" },
		"a health path":     func(p *plan) { p.stack.Health = "/live?a=$b&c='\"" },
	} {
		p := example(t)
		spoil(&p)
		text, err := p.render()
		if err == nil {
			err = p.validate(t.Context(), text)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// The check is the last before Docker reads the file: it finds what would be another
// stack.
func TestWhatMeansSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	p := example(t)
	text, err := p.render()
	if err != nil {
		t.Fatal(err)
	}
	for old, wrong := range map[string]string{
		`"serve"`:                                `"$HOME"`,
		"secrets/rowhouse.yaml":                  "secrets/${X}",
		`source: "/srv/polls/migrations/tenant"`: `source: "/srv/other"`,
	} {
		spoiled := bytes.Replace(text, []byte(old), []byte(wrong), 1)
		if bytes.Equal(spoiled, text) {
			t.Errorf("no %q in the file", old)
		}
		if err := p.validate(t.Context(), spoiled); !errors.Is(err, errMisread) {
			t.Errorf("%q for %q: %v", wrong, old, err)
		}
	}
	if err := p.validate(t.Context(), bytes.Replace(text, []byte("mem_limit"), []byte("memlimit"), 1)); err == nil {
		t.Error("an unknown key is accepted")
	}
}

// Nobody learns a secret from the file, which is what docker inspect shows.
func TestTheFileHoldsNoSecret(t *testing.T) {
	t.Parallel()
	p := example(t)
	p.place = place(filepath.Join(t.TempDir(), "stack"))
	if err := p.place.make(); err != nil {
		t.Fatal(err)
	}
	if err := p.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	password, err := os.ReadFile(p.place.path(secretsDir, passwordFile))
	if err != nil || len(password) < 20 {
		t.Fatalf("%q, %v", password, err)
	}
	text, err := os.ReadFile(p.place.path(file))
	if err != nil || strings.Contains(string(text), string(password)) || strings.Contains(string(text), "# ours") {
		t.Errorf("%v\n%s", err, text)
	}
	for name, mode := range map[string]os.FileMode{".": personal, secretsDir: personal, file: private, hostPass: private} {
		if info, err := os.Stat(p.place.path(name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := p.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(p.place.path(secretsDir, passwordFile)); err != nil || !bytes.Equal(again, password) {
		t.Errorf("the password changed: %v", err)
	}
}

// Whatever a container is made of, a change of it is another version.
func TestVersions(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, change := range map[string]func(*plan){
		"as it was": func(*plan) {},
		"command":   func(p *plan) { p.stack.App = []string{"/polls"} },
		"file":      func(p *plan) { p.stack.Files = map[string]string{"rowhouse.yaml": "# other"} },
		"limit":     func(p *plan) { p.Limits.CPUs = 2 },
		"port":      func(p *plan) { p.ports.Web = 40003 },
		"health":    func(p *plan) { p.stack.Health = "/" },
	} {
		p := example(t)
		change(&p)
		version, err := p.fingerprint("sha256:1", "sha256:2")
		if err != nil || seen[version] != "" {
			t.Errorf("%s and %s: %s, %v", name, seen[version], version, err)
		}
		seen[version] = name
	}
	if version, err := example(t).fingerprint("sha256:1", "sha256:3"); err != nil || seen[version] != "" {
		t.Errorf("another image: %s is of %q, %v", version, seen[version], err)
	}
}
