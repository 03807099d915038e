package drift_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// house is a history that makes one of every kind of object.
func house(t testing.TB) map[string]string {
	t.Helper()
	sql, err := os.ReadFile("../catalog/testdata/house.sql")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"1_house.up.sql": string(sql)}
}

func TestEveryAlterationIsFoundAndRepaired(t *testing.T) {
	t.Parallel()
	w := newTown(t, house(t))
	w.build("clean")
	slug := func(i int) string { return fmt.Sprintf("a%03d", i) }
	alterations := pgtest.Some(alterations())
	for i, sql := range alterations {
		w.inside(w.build(slug(i)), sql)
	}
	found := w.found()
	for i, sql := range alterations {
		if found[slug(i)] == "" {
			t.Errorf("not found: %s", sql)
		}
	}
	if len(found) != len(alterations) {
		t.Errorf("%d have drifted, %d were altered", len(found), len(alterations))
	}
	report := w.repair(drift.RepairOptions{Apply: true, DropExtra: true})
	for _, r := range report.Failed() {
		t.Errorf("%s: %s\n%v\n%s", r.Tenant.Slug, found[r.Tenant.Slug], r.Err, strings.Join(r.Statements, ";\n"))
	}
	w.says(map[string]string{})
}

func (w *town) repair(o drift.RepairOptions) *drift.RepairReport {
	w.Helper()
	report, err := w.checker().Repair(w.Context(), o)
	if err != nil {
		w.Fatal(err)
	}
	return report
}
