package migrate_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// One tenant of a hundred has data that do not fit: it is reported with its error,
// the others are done, and the next run touches it alone.
func TestOneTenantOfAHundredFails(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(100)
	r := w.runner(nil, sql(t, migrate.Tenant, map[string]string{
		"1": "CREATE TABLE users (email text)",
		"2": "ALTER TABLE users ADD UNIQUE (email)",
	}))
	up(t, r, migrate.Options{To: 1})
	w.inside("t037", "INSERT INTO users VALUES ('twice'), ('twice')")

	report, err := r.Up(context.Background(), migrate.Options{})
	var partial *migrate.PartialError
	var step *migrate.StepError
	if !errors.As(err, &partial) || !errors.As(err, &step) || len(partial.Failed) != 1 || step.Target != "t037" || step.Line != 2 {
		t.Fatalf("got %v", err)
	}
	if n := report.Counts(); n.Done != 99 || n.NotStarted != 0 {
		t.Errorf("counts %+v", n)
	}
	w.inside("t037", "DELETE FROM users")
	again := up(t, r, migrate.Options{})
	if changed := again.Changed(); len(changed) != 1 || changed[0].Label() != "t037" {
		t.Errorf("the second run changed %d", len(changed))
	}
}
