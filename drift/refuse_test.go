package drift_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// only returns the repair of the one tenant that has drifted.
func only(t *testing.T, report *drift.RepairReport) drift.Repair {
	t.Helper()
	if len(report.Repairs) != 1 {
		t.Fatalf("%d repairs", len(report.Repairs))
	}
	return report.Repairs[0]
}

func TestDataIsNotDroppedUnasked(t *testing.T) {
	t.Parallel()
	w := newTown(t, polls())
	a := w.build("a")
	w.inside(a, `ALTER TABLE polls ADD notes text; CREATE TABLE drafts (id serial); CREATE SEQUENCE counter;
		CREATE INDEX drafts_id ON drafts (id); CREATE VIEW noted AS SELECT notes FROM polls; DROP INDEX polls_title`)
	r := only(t, w.repair(drift.RepairOptions{Apply: true}))
	if !errors.Is(r.Err, drift.ErrRefused) || r.Applied || len(r.Refused) != 3 {
		t.Errorf("refused %v, error %v", r.Refused, r.Err)
	}
	before := w.found()["a"]
	if !strings.Contains(before, "polls.notes: not expected") || !strings.Contains(before, "index polls.polls_title: missing") {
		t.Errorf("something was done: %s", before)
	}
	if r := only(t, w.repair(drift.RepairOptions{Apply: true, DropExtra: true})); r.Err != nil || !r.Applied {
		t.Error(r.Err)
	}
	w.says(map[string]string{})
}

func TestValuesThatDoNotFitAreNotCut(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{"1_t.sql": "CREATE TABLE t (short varchar(3), price numeric(10,2), day date)"})
	for slug, sql := range map[string]string{
		"long":  "ALTER TABLE t ALTER short TYPE text; INSERT INTO t (short) VALUES ('four')",
		"exact": "ALTER TABLE t ALTER price TYPE numeric; INSERT INTO t (price) VALUES (1.234)",
		"hours": "ALTER TABLE t ALTER day TYPE timestamp; INSERT INTO t (day) VALUES ('2026-01-02 03:04')",
	} {
		w.inside(w.build(slug), sql)
	}
	fits := w.build("fits")
	w.inside(fits, `ALTER TABLE t ALTER short TYPE text, ALTER price TYPE numeric, ALTER day TYPE timestamp;
		INSERT INTO t VALUES ('abc', 1.20, '2026-01-02')`)
	report := w.repair(drift.RepairOptions{Apply: true})
	if len(report.Failed()) != 3 {
		t.Errorf("%d failed", len(report.Failed()))
	}
	for _, r := range report.Failed() {
		if !strings.Contains(r.Err.Error(), "has values that do not fit") {
			t.Error(r.Err)
		}
	}
	if found := w.found(); len(found) != 3 || found["fits"] != "" {
		t.Errorf("%q", found)
	}
	if got := w.text("SELECT t::text FROM " + ident.Quote(fits.Placement.Schema) + ".t"); got != "(abc,1.20,2026-01-02)" {
		t.Errorf("the row is now %s", got)
	}
}

// Under FORCE a plain SELECT of the owner finds no rows. The guard must not take
// that for a table without any.
func TestTheGuardSeesRowsBehindPolicies(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{"1_t.sql": "CREATE TABLE t (short varchar(3)); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY"})
	a := w.build("a")
	w.inside(a, "ALTER TABLE t ALTER short TYPE text; INSERT INTO t VALUES ('four')")
	w.owned(a, "CREATEDB")
	r := only(t, w.repair(drift.RepairOptions{Apply: true}))
	if r.Err == nil || r.Applied {
		t.Error("a value was cut")
	}
	if got := w.text("SELECT short FROM " + ident.Quote(a.Placement.Schema) + ".t"); got != "four" {
		t.Errorf("the value is now %s", got)
	}
}

func TestLabelsInUseStay(t *testing.T) {
	t.Parallel()
	w := newTown(t, map[string]string{"1_t.sql": "CREATE TYPE state AS ENUM ('a', 'b'); CREATE TABLE t (s state DEFAULT 'a', l state[])"})
	used, unused := w.build("used"), w.build("unused")
	for _, tn := range w.tenants {
		w.inside(tn, "ALTER TYPE state ADD VALUE 'x' BEFORE 'b'; INSERT INTO t VALUES ('b', '{a,b}')")
	}
	w.inside(used, "INSERT INTO t VALUES ('x')")
	report := w.repair(drift.RepairOptions{Apply: true})
	if failed := report.Failed(); len(failed) != 1 || failed[0].Tenant.Slug != "used" {
		t.Errorf("%v", failed)
	}
	if got := w.text("SELECT string_agg(t::text, ' ') FROM " + ident.Quote(unused.Placement.Schema) + ".t"); got != `(b,"{a,b}")` {
		t.Errorf("rows are now %s", got)
	}
	if found := w.found(); len(found) != 1 || found["used"] == "" {
		t.Errorf("%q", found)
	}
}

func TestWhatNoSQLIsMadeForIsRefused(t *testing.T) {
	t.Parallel()
	w := newTown(t, house(t))
	w.inside(w.build("operator"), "DROP OPERATOR === (int, int)")
	w.inside(w.build("composite"), "ALTER TYPE point3 ADD ATTRIBUTE z int")
	w.inside(w.build("words"), "ALTER TEXT SEARCH CONFIGURATION words DROP MAPPING FOR email")
	for _, r := range w.repair(drift.RepairOptions{Apply: true}).Repairs {
		if !errors.Is(r.Err, drift.ErrRefused) || len(r.Refused) != 1 {
			t.Errorf("%s: %v, refused %v", r.Tenant.Slug, r.Err, r.Refused)
		}
	}
}

// Somebody is inside one tenant: that repair gives up in time, the other is done.
func TestARepairWaitsForWhoIsInside(t *testing.T) {
	t.Parallel()
	w := newTown(t, polls())
	a, b := w.build("a"), w.build("b")
	for _, tn := range w.tenants {
		w.inside(tn, "DROP INDEX polls_title")
	}
	visitor := w.dial()
	tx, err := visitor.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), w.level.Enter(a.ID, a.Placement).Inline(), pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	report := w.repair(drift.RepairOptions{Apply: true, LockTimeout: 200 * time.Millisecond})
	if failed := report.Failed(); len(failed) != 1 || failed[0].Tenant.ID != a.ID || report.Repairs[1].Tenant.ID != b.ID {
		t.Errorf("%v", failed)
	}
	if err := tx.Rollback(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r := only(t, w.repair(drift.RepairOptions{Apply: true})); r.Err != nil {
		t.Error(r.Err)
	}
}

func TestASchemaThatIsGoneIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	w := newTown(t, polls())
	a := w.build("a")
	w.exec("DROP SCHEMA " + ident.Quote(a.Placement.Schema) + " CASCADE")
	if r := only(t, w.repair(drift.RepairOptions{Apply: true})); !errors.Is(r.Err, drift.ErrRefused) {
		t.Errorf("got %v", r.Err)
	}
}
