package sqlite

import (
	"testing"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Should the guard ever miss something temporary, it ends with its connection.
func TestConnectionsWithTemporaryObjectsAreClosed(t *testing.T) {
	t.Parallel()
	dir, id := t.TempDir(), tenant.NewID()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(Init(t.Context(), dir))
	homes, err := Open(dir, Options{Conns: 1})
	must(err)
	defer homes.Close()
	who := &tenant.Tenant{ID: id, Slug: "thor", Placement: Level{}.Place(id, "thor", "main")}
	must(homes.Create(t.Context(), id, who.Placement))
	use := func(sql string) *handle {
		s, err := homes.Enter(t.Context(), who, true)
		must(err)
		s.handle.guard.on = false
		must(s.handle.exec(t.Context(), sql))
		must(s.Commit(t.Context()))
		return s.handle
	}
	first := use("CREATE TEMP TABLE notes (body)")
	second := use("SELECT 1")
	if third := use("SELECT 1"); first == second || second != third {
		t.Errorf("first kept: %t, second kept: %t", first == second, second == third)
	}
}
