package migrate_test

import (
	"context"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
)

func (w *town) runs(r *migrate.Runner) []migrate.Run {
	w.t.Helper()
	runs, err := r.Runs(context.Background(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return runs
}

func TestRunsAreRemembered(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(3)
	r := w.runner(nil, threeSteps(t), func(c *migrate.Config) { c.Actor = "ops" })
	if got := w.runs(r); len(got) != 0 {
		t.Fatalf("before any run: %+v", got)
	}
	w.exec("CREATE TABLE " + w.tenants[1].Placement.Schema + ".three ()")
	_, _ = r.Up(context.Background(), migrate.Options{})
	w.exec("DROP TABLE " + w.tenants[1].Placement.Schema + ".three")
	up(t, r, migrate.Options{})
	up(t, r, migrate.Options{}) // nothing to do, nothing to remember
	if _, err := r.Down(context.Background(), migrate.DownOptions{Steps: 1}); err != nil {
		t.Fatal(err)
	}

	runs := w.runs(r)
	if len(runs) != 3 {
		t.Fatalf("%d runs: %+v", len(runs), runs)
	}
	down, second, first := runs[0], runs[1], runs[2]
	if first.Result() != "partial" || first.Done != 2 || first.Failed != 1 || first.From != 0 || first.To != 3 || first.Actor != "ops" {
		t.Errorf("the first: %+v", first)
	}
	if len(first.Failures) != 1 || first.Failures[0].Target != "t001" || first.Failures[0].Error == "" {
		t.Errorf("its failures: %+v", first.Failures)
	}
	if second.Result() != "done" || second.From != 2 || second.Done != 1 || second.Command != "up" {
		t.Errorf("the second: %+v", second)
	}
	if down.Command != "down" || down.From != 3 || down.To != 2 || down.Done != 3 {
		t.Errorf("the third: %+v", down)
	}
}

// A ledger that an older program made gets the table at the next run.
func TestAnOlderLedgerLearnsToRemember(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.build("acme")
	r := w.runner(nil, threeSteps(t))
	up(t, r, migrate.Options{To: 1})
	w.exec("DROP TABLE rowhouse.runs; DELETE FROM rowhouse.steps WHERE component = 'ledger' AND version = 2")
	up(t, r, migrate.Options{})
	if got := w.runs(r); len(got) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestAKilledRunIsUnfinished(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.build("acme")
	r := w.runner(nil, threeSteps(t))
	up(t, r, migrate.Options{})
	w.exec("UPDATE rowhouse.runs SET finished_at = NULL")
	if got := w.runs(r)[0].Result(); got != "unfinished" {
		t.Errorf("got %s", got)
	}
}
