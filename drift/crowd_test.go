package drift_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// crowd is how many clean tenants are checked: as many as a check is promised for
// under `make proof`, fewer under `make test`.
func crowd() int {
	if pgtest.Proof() {
		return 1000
	}
	return 40
}

// What was moved to another schema name, or made by pg_dump as a copy of a
// neighbour, is as clean as what its migrations made.
func TestCleanTenantsRaiseNoAlarm(t *testing.T) {
	t.Parallel()
	files := house(t)
	for name, text := range files { // a path that keeps the old name is true drift
		files[name] = strings.ReplaceAll(text, "SET search_path FROM CURRENT", "")
	}
	w := newTown(t, files)
	for i := range crowd() {
		switch made := w.build(fmt.Sprintf("t%04d", i)); i % 20 {
		case 7:
			w.rename(made)
		case 13:
			w.copyOf(made, fmt.Sprintf("copy%04d", i))
		}
	}
	if n := w.check(drift.Options{}).Checked; n != len(w.tenants) {
		t.Errorf("%d of %d tenants were checked", n, len(w.tenants))
	}
	w.says(map[string]string{})
}

// rename gives a tenant's schema the name of its next epoch.
func (w *town) rename(t *tenant.Tenant) {
	w.Helper()
	to, plan := w.level.Fence(t.ID, t.Placement)
	w.exec(isolation.Script(plan...))
	t.Placement = to
}

// copyOf makes a tenant from a dump of another one.
func (w *town) copyOf(t *tenant.Tenant, slug string) {
	w.Helper()
	id := tenant.NewID()
	c := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: w.level.Place(id, slug, "main")}
	w.exec(strings.ReplaceAll(w.dump(t), t.Placement.Schema, c.Placement.Schema))
	w.exec("RESET search_path; INSERT INTO rowhouse.ledger SELECT (jsonb_populate_record(l, jsonb_build_object('target', " +
		ident.Literal(id.String()) + "))).* FROM rowhouse.ledger AS l WHERE target = " + ident.Literal(t.ID.String()))
	w.tenants = append(w.tenants, c)
}

// dump returns what pg_dump writes of a tenant, without what is for psql alone.
func (w *town) dump(t *tenant.Tenant) string {
	w.Helper()
	postgres, err := pglocal.Find()
	if err != nil {
		w.Fatal(err)
	}
	out, err := exec.CommandContext(context.Background(), postgres.Program("pg_dump"),
		"--schema", t.Placement.Schema, "--inserts", "--dbname", w.url).CombinedOutput()
	if err != nil {
		w.Fatalf("%v: %s", err, out)
	}
	var sql []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, `\`) {
			sql = append(sql, line)
		}
	}
	return strings.Join(sql, "")
}
