package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// found is what a database holds beside the registry.
type found struct {
	schemas map[string]int // name → tables and views
	ledger  map[string]int // target → entries
}

func (s *street) look(t *testing.T) found {
	t.Helper()
	return found{
		schemas: s.counts(t, `SELECT nspname, count(c.oid) FROM pg_namespace n
			LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'v')
			WHERE nspname LIKE 'tenant\_%' OR nspname LIKE 'rowhouse\_%' GROUP BY nspname`),
		ledger: s.counts(t, `SELECT target, count(*) FROM rowhouse.ledger WHERE target <> 'shared' GROUP BY target`),
	}
}

func (s *street) counts(t *testing.T, sql string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	var name string
	var n int
	rows, _ := s.pool.Query(t.Context(), sql)
	if _, err := pgx.ForEachRow(rows, []any{&name, &n}, func() error { counts[name] = n; return nil }); err != nil {
		t.Fatal(err)
	}
	return counts
}

func everyStatus() registry.Filter {
	return registry.Filter{Statuses: []tenant.Status{
		tenant.Provisioning, tenant.Active, tenant.ReadOnly, tenant.Suspended, tenant.Deleting, tenant.Deleted, tenant.Failed,
	}}
}

// consistent fails the test unless registry, schemas, ledger and marks agree and
// nothing is half made. Run it when nothing is under way and every run that was
// killed was made again.
func (s *street) consistent(t *testing.T) {
	t.Helper()
	if s.level.Name() == tenant.Row {
		s.rowsConsistent(t, "in the end")
		return
	}
	tenants, err := s.store.List(t.Context(), everyStatus())
	if err != nil {
		t.Fatal(err)
	}
	f := s.look(t)
	for _, one := range tenants {
		f.agrees(t, one)
		delete(f.schemas, one.Placement.Schema)
		delete(f.schemas, ident.ReadOnlyMarker(one.ID))
		delete(f.ledger, one.ID.String())
	}
	if len(f.schemas)+len(f.ledger) > 0 {
		t.Errorf("nobody's: schemas %v, ledger entries %v", f.schemas, f.ledger)
	}
}

// agrees checks one tenant. What is left in f afterwards is nobody's.
func (f found) agrees(t *testing.T, one *tenant.Tenant) {
	t.Helper()
	want := struct{ objects, ledger int }{objects, head}
	if one.Status == tenant.Deleted {
		want.objects, want.ledger = 0, 0
	}
	n, home := f.schemas[one.Placement.Schema]
	_, mark := f.schemas[ident.ReadOnlyMarker(one.ID)]
	switch {
	case one.Status == tenant.Provisioning || one.Status == tenant.Failed:
		t.Errorf("%s stayed %s", one.Slug, one.Status)
	case home != (one.Status != tenant.Deleted) || n != want.objects:
		t.Errorf("%s, %s: home %t with %d objects at %s", one.Slug, one.Status, home, n, one.Placement.Schema)
	case f.ledger[one.ID.String()] != want.ledger:
		t.Errorf("%s, %s: %d ledger entries, want %d", one.Slug, one.Status, f.ledger[one.ID.String()], want.ledger)
	case one.Version != int64(want.ledger):
		t.Errorf("%s, %s: registry says version %d", one.Slug, one.Status, one.Version)
	case one.Status == tenant.ReadOnly && !mark, one.Status == tenant.Active && mark, one.Status == tenant.Deleted && mark:
		t.Errorf("%s, %s: read-only mark %t", one.Slug, one.Status, mark)
	}
}

// servesWhole fails the test if a tenant is served that is not whole. It holds at any
// moment.
func (s *street) servesWhole(t *testing.T, when string) {
	t.Helper()
	if s.level.Name() == tenant.Row {
		s.rowsServed(t, when)
		return
	}
	tenants, err := s.store.List(t.Context(), registry.Filter{Statuses: []tenant.Status{tenant.Active, tenant.ReadOnly}})
	if err != nil {
		t.Fatal(err)
	}
	f := s.look(t)
	for _, one := range tenants {
		_, mark := f.schemas[ident.ReadOnlyMarker(one.ID)]
		// Deleting may have fenced it and told nobody: then nobody gets in.
		n, home := f.schemas[one.Placement.Schema]
		if home && (n != objects || f.ledger[one.ID.String()] != head) {
			t.Errorf("%s: %s is served with %d objects at version %d", when, one.Slug, n, f.ledger[one.ID.String()])
		}
		if one.Status == tenant.ReadOnly && !mark {
			t.Errorf("%s: %s takes writes", when, one.Slug)
		}
	}
	for name := range f.schemas {
		if strings.HasPrefix(name, "rowhouse_drop_") && len(tenants) > 0 {
			t.Errorf("%s: a tenant is served that was begun to be dropped", when)
		}
	}
}
