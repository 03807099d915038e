package main

import (
	"fmt"
	"sync"
	"testing"
)

// Eight processes create tenants at once, and all of them also want one slug.
func TestManyProcessesCreateTenants(t *testing.T) {
	t.Parallel()
	const processes, each = 8, 3
	p := newProject(t, map[string]string{
		"shared/0001_plans.sql": "-- +goose Up\nCREATE TABLE plans (id int PRIMARY KEY);\n",
		"tenant/0001_users.sql": "-- +goose Up\nCREATE TABLE users (id int PRIMARY KEY, plan int REFERENCES plans (id));\n",
	})
	var group sync.WaitGroup
	won := make(chan bool, processes)
	for n := range processes {
		group.Go(func() {
			for i := range each {
				slug := fmt.Sprintf("t%d-%d", n, i)
				if _, stderr, code := p.run("tenant", "create", slug); code != 0 {
					t.Errorf("%s: exit code %d: %s", slug, code, stderr)
				}
			}
			_, _, code := p.run("tenant", "create", "wanted")
			won <- code == 0
		})
	}
	group.Wait()
	close(won)
	winners := 0
	for w := range won {
		if w {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d processes made the one slug", winners)
	}
	p.whole(processes*each + 1)
}

// whole checks that this many tenants are there, each with its own empty table.
func (p *project) whole(want int) {
	p.t.Helper()
	var tenants []view
	p.decode(&tenants, "tenant", "list")
	schemas := map[string]bool{}
	for _, v := range tenants {
		schemas[v.Schema] = true
		if v.Status != "active" || v.Version != 1 {
			p.t.Errorf("%s is %s at version %d", v.Slug, v.Status, v.Version)
		}
	}
	if len(tenants) != want || len(schemas) != want {
		p.t.Errorf("%d tenants in %d schemas, want %d", len(tenants), len(schemas), want)
	}
	var counts []struct{ Row struct{ N int } }
	p.decode(&counts, "sql", "--all", "SELECT count(*) AS n FROM users")
	if len(counts) != want {
		p.t.Errorf("%d tenants have the table, want %d", len(counts), want)
	}
	p.healthy()
}
