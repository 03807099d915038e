package drift_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/drift"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/isolation/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// withSilos is a town where the main server's tenants are granted to a role that the
// silos' servers do not have, and where some servers do not answer any more once the
// ledgers were read.
type withSilos struct {
	*town
	mu      *sync.Mutex
	dead    map[string]int // connections that a server still takes
	refused map[string]int // those that it did not take
	died    func()         // called where one is not taken
}

func newTownWithSilos(t *testing.T) withSilos {
	t.Helper()
	return withSilos{town: newTown(t, polls()), mu: &sync.Mutex{}, dead: map[string]int{}, refused: map[string]int{}, died: func() {}}
}

var errDead = errors.New("nobody answers")

func (w withSilos) Connect(ctx context.Context, server, database string) (*pgx.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if left, ok := w.dead[server]; ok {
		if left == 0 {
			w.refused[server]++
			w.died()
			return nil, errDead
		}
		w.dead[server]--
	}
	return w.town.Connect(ctx, server, database)
}

func (w withSilos) Level(name tenant.Level) (isolation.Level, error) {
	if name == tenant.Silo {
		return silo.New(isolation.DefaultNames()), nil
	}
	return schema.New(isolation.DefaultNames(), schema.GrantTo("nobody_here")), nil
}

func (w withSilos) check(ctx context.Context) (*drift.Report, error) {
	c := w.config()
	c.Levels, c.Conns = w, w
	checker, err := drift.New(c)
	if err != nil {
		return nil, err
	}
	return checker.Check(ctx, drift.Options{Workers: 1})
}

func (w withSilos) report(t *testing.T) *drift.Report {
	t.Helper()
	report, err := w.check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (w *town) buildSilo(slug string) *tenant.Tenant {
	t := w.build(slug)
	t.Placement.Level, t.Placement.Server = tenant.Silo, silo.Server(t.ID)
	return t
}

func TestASiloNeedsNoRoleOfTheMainServer(t *testing.T) {
	t.Parallel()
	w := newTownWithSilos(t)
	w.buildSilo("acme")
	if report := w.report(t); !report.Clean() || report.Checked != 1 {
		t.Errorf("%+v", report)
	}
}

func TestASiloThatDiesFailsAlone(t *testing.T) {
	t.Parallel()
	w := newTownWithSilos(t)
	w.buildSilo("acme")
	for left, slug := range []string{"at its ledger", "at its fingerprint", "at its model"} {
		w.dead[w.buildSilo(slug).Placement.Server] = left
	}
	report := w.report(t)
	if len(report.Unchecked) != len(w.dead) || report.Checked != 1 || len(report.Drifted) != 0 {
		t.Errorf("%+v", report)
	}
	for _, u := range report.Unchecked {
		if !errors.Is(u.Err, errDead) || u.Tenant.Slug == "acme" {
			t.Errorf("%s: %v", u.Tenant.Slug, u.Err)
		}
	}
}
