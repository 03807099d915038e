package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// A tenant that is deleted or moved while a run is under way has not failed.
func TestTenantsThatAreTakenAwayMeanwhile(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	gone, moved, purged := w.build("b-gone"), w.build("c-moved"), w.build("d-purged")
	first := w.build("a-first")
	slices.SortFunc(w.tenants, func(a, b *tenant.Tenant) int { return strings.Compare(a.Slug, b.Slug) })
	steps := migrate.Source{{Version: 1, Name: "take", Go: &migrate.GoFuncs{Up: func(ctx context.Context, tx pgx.Tx) error {
		if w.tenants[0].ID != first.ID || len(w.tenants) < 4 {
			return nil
		}
		w.fence(gone, tenant.Deleting)
		w.fence(moved, tenant.Suspended)
		w.fence(purged, tenant.Deleting)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.tenants = slices.DeleteFunc(w.tenants, func(t *tenant.Tenant) bool { return t.ID == purged.ID })
		return nil
	}}}}
	report, err := w.runner(nil, steps).Up(t.Context(), migrate.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	var skipped []string
	for _, s := range report.Skipped {
		skipped = append(skipped, s.Tenant.Slug+" "+s.Reason)
	}
	if want := []string{"b-gone is being deleted", "d-purged is not there any more"}; !slices.Equal(skipped, want) {
		t.Errorf("skipped %q", skipped)
	}
	if got := w.versions(moved.ID.String()); got != "1" {
		t.Errorf("the moved tenant has %q", got)
	}
}

// fence moves a tenant to its next home, as its deletion and its reset do.
func (w *town) fence(one *tenant.Tenant, status tenant.Status) {
	to, script := w.level.Fence(one.ID, one.Placement)
	w.exec(isolation.Script(script...))
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, t := range w.tenants {
		if t.ID == one.ID {
			w.tenants[i] = t.Clone()
			w.tenants[i].Placement, w.tenants[i].Status = to, status
		}
	}
}

// The shared scope is no tenant, and the server's detail is told.
func TestHowManyTenantsFailed(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, one := range []*tenant.Tenant{w.build("a"), w.build("b")} {
		w.exec(fmt.Sprintf(`CREATE TABLE %s.t (n int)`, one.Placement.Schema))
	}
	w.exec(fmt.Sprintf("INSERT INTO %s.t VALUES (1), (1)", w.tenants[0].Placement.Schema))
	unique := sql(t, migrate.Tenant, map[string]string{"1": "CREATE UNIQUE INDEX ON t (n)"})
	_, err := w.runner(nil, unique).Up(t.Context(), migrate.Options{})
	if err == nil || !strings.Contains(err.Error(), "1 of 2 tenants failed, the rest are done") || !strings.Contains(err.Error(), "Key (n)=(1) is duplicated") {
		t.Error(err)
	}
	bad := sql(t, migrate.Tenant, map[string]string{"1": "CREATE UNIQUE INDEX ON t (n)", "2": "SELECT 1/0"})
	_, err = w.runner(nil, bad).Up(t.Context(), migrate.Options{})
	if err == nil || !strings.Contains(err.Error(), "all 2 tenants failed") {
		t.Error(err)
	}
}

// Files that cannot be used are told by whatever needs them, and by nothing else.
func TestBrokenFilesAreToldWhereTheyAreNeeded(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	_, broken := migrate.Load(folder(map[string]string{"1_a.sql": "SELECT 1"}), "m", migrate.Tenant)
	r := w.runner(nil, nil, func(c *migrate.Config) { c.Broken = broken })
	one := w.plan("acme")
	_, upErr := r.Up(t.Context(), migrate.Options{})
	_, applyErr := r.Apply(t.Context(), w.conn, one)
	_, stampErr := r.Stamp(t.Context(), 0, migrate.StampOptions{})
	for what, err := range map[string]error{"up": upErr, "apply": applyErr, "stamp": stampErr, "ready": r.Ready(t.Context())} {
		var parse *migrate.ParseError
		if !errors.As(err, &parse) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := r.Runs(t.Context(), 1); err != nil {
		t.Error(err)
	}
}
