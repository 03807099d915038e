package drift_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// Without the main server, and for somebody who does not wait any more, there is no
// check: a report would pass for one.
func TestNoCheckWithoutTheMainServer(t *testing.T) {
	t.Parallel()
	w := newTownWithSilos(t)
	w.build("acme")
	w.dead["main"] = 1 // its ledger
	if report, err := w.check(t.Context()); !errors.Is(err, errDead) {
		t.Errorf("%+v, %v", report, err)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	w.tenants, w.died = nil, giveUp
	delete(w.dead, "main")
	w.dead[w.buildSilo("hooli").Placement.Server] = 1
	if report, err := w.check(ctx); err == nil {
		t.Errorf("nobody waits, and there is %+v", report)
	}
}

// Tenants of a server that is dead do not wait for it one after the other.
func TestADeadServerIsAskedOnce(t *testing.T) {
	t.Parallel()
	w := newTownWithSilos(t)
	for left, server := range []string{1: "at its fingerprints", 2: "at its model"} {
		for range 2 {
			if server != "" {
				w.build(string(rune('a' + len(w.tenants)))).Placement.Server = server
				w.dead[server] = left
			}
		}
	}
	if report := w.report(t); len(report.Unchecked) != 4 || w.refused["at its fingerprints"] != 1 || w.refused["at its model"] != 1 {
		t.Errorf("%+v, asked in vain: %v", report, w.refused)
	}
}

// What could not be found out about one tenant is not believed of another that differs
// in the same way.
func TestADeathDoesNotPassForNoDifference(t *testing.T) {
	t.Parallel()
	w := newTownWithSilos(t)
	first, second := w.buildSilo("first"), w.buildSilo("second")
	for _, silo := range w.tenants {
		if _, err := w.conn.Exec(t.Context(), "ALTER TABLE "+ident.Quote(silo.Placement.Schema)+".polls ADD stray int"); err != nil {
			t.Fatal(err)
		}
	}
	w.dead[first.Placement.Server] = 3 // ledger, fingerprint, model
	report := w.report(t)
	if len(report.Unchecked) != 1 || report.Unchecked[0].Tenant != first || len(report.Drifted) != 1 || report.Drifted[0].Tenant != second {
		t.Errorf("%+v", report)
	}
}
