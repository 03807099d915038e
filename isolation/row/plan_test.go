package row_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/tenant"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The plans of the level, to be read. `go test ./isolation/row -update` writes them.
func TestPlans(t *testing.T) {
	t.Parallel()
	id, err := tenant.ParseID("01980000-1111-7222-8333-444455556666")
	if err != nil {
		t.Fatal(err)
	}
	for name, level := range map[string]*row.Level{
		"plain":        row.New(isolation.DefaultNames()),
		"with_a_role":  row.New(isolation.DefaultNames(), row.GrantTo("app")),
		"hostile_role": row.New(isolation.DefaultNames(), row.GrantTo(`app"; DROP SCHEMA "x`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, plans(level, id, level.Place(id, "acme-two", "main")))
		})
	}
}

func plans(level *row.Level, id tenant.ID, p tenant.Placement) string {
	var b strings.Builder
	section := func(title string, statements ...isolation.Statement) {
		b.WriteString("-- " + title + "\n" + isolation.Script(statements...) + "\n")
	}
	section("create", level.Create(p)...)
	section("enter", level.Enter(id, p))
	section("enter to migrate the tenant's rows", level.EnterMigrator(id, p))
	section("enter to migrate the tables", level.EnterPool(p))
	for range 2 {
		to, statements := level.Fence(id, p)
		section("fence", statements...)
		p = to
	}
	drop := level.Drop(id, p)
	section("next rows to delete", drop.Next)
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

func TestWhatSharedTablesCannotDoHasAReason(t *testing.T) {
	t.Parallel()
	for _, c := range row.New(isolation.DefaultNames()).Capabilities().All() {
		if !c.Supported && c.Reason == "" {
			t.Errorf("%s: no reason", c.Name)
		}
	}
}
