package main

import (
	"fmt"
	"testing"
	"time"
)

// slow are migrations whose work takes long enough to be hit in the middle.
func slow() map[string]string {
	step := "-- +goose Up\nCREATE TABLE t%d (id int PRIMARY KEY);\nSELECT pg_sleep(0.05);\n-- +goose Down\nDROP TABLE t%d;\n"
	files := map[string]string{}
	for i := 1; i <= 3; i++ {
		files[fmt.Sprintf("tenant/%04d_t%d.sql", i, i)] = fmt.Sprintf(step, i, i)
	}
	return files
}

// killed starts rowhouse and kills it after each of some delays, so that it ends
// before, in the middle of and after its work.
func (p *project) killed(args ...string) {
	p.t.Helper()
	for delay := 20 * time.Millisecond; delay <= 320*time.Millisecond; delay += 50 * time.Millisecond {
		cmd := p.command(args...)
		if err := cmd.Start(); err != nil {
			p.t.Fatal(err)
		}
		time.Sleep(delay)
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	}
}

func TestKilledCreateIsFinishedByARerun(t *testing.T) {
	t.Parallel()
	p := newProject(t, slow())
	p.killed("tenant", "create", "acme")
	if _, stderr, code := p.run("tenant", "create", "acme"); code != 0 && !p.isActive("acme") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	p.is("acme", "active", 3)
	p.healthy()
}

func TestKilledDeleteIsFinishedByARerun(t *testing.T) {
	t.Parallel()
	p := newProject(t, slow())
	p.must("tenant", "create", "acme", "hooli")
	var before view
	p.decode(&before, "tenant", "show", "acme")
	p.killed("tenant", "delete", "acme", "--purge", "--yes")
	p.must("tenant", "delete", before.ID.String(), "--purge", "--yes")
	p.is(before.ID.String(), "deleted", 0)
	p.is("hooli", "active", 3)
	p.healthy()
}

func TestKilledMigrateIsFinishedByARerun(t *testing.T) {
	t.Parallel()
	p := newProject(t, slow())
	p.must("tenant", "create", "acme", "hooli", "initech")
	p.must("migrate", "down", "--to", "0", "--yes")
	p.killed("migrate", "up", "--workers", "1")
	p.must("migrate", "up")
	for _, slug := range []string{"acme", "hooli", "initech"} {
		p.is(slug, "active", 3)
	}
	p.healthy()
}

func (p *project) isActive(slug string) bool {
	var v view
	p.decode(&v, "tenant", "show", slug)
	return v.Status == "active"
}

func (p *project) is(name, status string, version int64) {
	p.t.Helper()
	var v view
	p.decode(&v, "tenant", "show", name)
	if string(v.Status) != status || v.Version != version {
		p.t.Errorf("%s is %s at version %d, want %s at %d", name, v.Status, v.Version, status, version)
	}
}
