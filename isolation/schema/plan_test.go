package schema_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The plans of the level, to be read. `go test ./isolation/schema -update` writes them.
func TestPlans(t *testing.T) {
	t.Parallel()
	id, err := tenant.ParseID("01980000-1111-7222-8333-444455556666")
	if err != nil {
		t.Fatal(err)
	}
	for name, level := range map[string]*schema.Level{
		"plain":        schema.New(isolation.DefaultNames()),
		"with_a_role":  schema.New(isolation.DefaultNames(), schema.GrantTo("app")),
		"hostile_role": schema.New(isolation.DefaultNames(), schema.GrantTo(`app"; DROP SCHEMA "x`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, plans(level, id, level.Place(id, "acme-two", "main")))
		})
	}
}

func plans(level *schema.Level, id tenant.ID, p tenant.Placement) string {
	var b strings.Builder
	section := func(title string, statements ...isolation.Statement) {
		b.WriteString("-- " + title + "\n" + isolation.Script(statements...) + "\n")
	}
	section("create", level.Create(p)...)
	section("enter", level.Enter(id, p))
	section("enter to migrate", level.EnterMigrator(id, p))
	section("lock", isolation.Lock(id))
	section("read-only", isolation.ReadOnly(id, true))
	section("writable", isolation.ReadOnly(id, false))
	for range 2 {
		to, statements := level.Fence(id, p)
		section("fence: from "+p.Schema+" to "+to.Schema, statements...)
		p = to
	}
	drop := level.Drop(id, p)
	section("next objects to drop", drop.Next)
	section("last", drop.Last...)
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".sql")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if that is meant, run with -update. Got:\n%s", path, got)
	}
}

func TestANameIsNeverUsedAgain(t *testing.T) {
	t.Parallel()
	level := schema.New(isolation.DefaultNames())
	seen := map[string]bool{}
	for range 50 {
		id := tenant.NewID()
		p := level.Place(id, strings.Repeat("long-slug-", 4)+"longsl", "main")
		for range 12 {
			if seen[p.Schema] || len(p.Schema) > 63 {
				t.Fatalf("%q has %d bytes, used before: %v", p.Schema, len(p.Schema), seen[p.Schema])
			}
			seen[p.Schema] = true
			p, _ = level.Fence(id, p)
		}
	}
}
