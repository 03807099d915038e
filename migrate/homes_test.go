package migrate_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// Each database keeps its own ledger and its own shared tables; one that does not
// answer fails its own tenants only.
func TestTenantsOfSeveralDatabases(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	here := w.build("here")
	other, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	away := townAt(t, other.String())
	there := away.build("there")
	there.Placement.Database = strings.TrimPrefix(other.Path, "/")
	lost := w.plan("lost")
	lost.Placement.Database = "no_such_database"
	w.tenants = append(w.tenants, there, lost)

	r := w.runner(workshop(t))
	report, err := r.Up(context.Background(), migrate.Options{})
	var partial *migrate.PartialError
	if !errors.As(err, &partial) || len(partial.Failed) != 1 || partial.Failed[0].Label() != "lost" {
		t.Fatalf("got %v", err)
	}
	if n := len(report.Changed()); n != 4 {
		t.Errorf("%d targets changed, want two tenants and two shared scopes", n)
	}
	if w.tables(here) != workshopTables || away.tables(there) != workshopTables {
		t.Error("not all tables are there")
	}
	if away.versions(there.ID.String()) != "1 2 3 4 5 6 7 8 9" || w.versions(there.ID.String()) != "" {
		t.Error("the ledger is not beside the data")
	}
	s := status(t, r)
	if len(s.Shared) != 3 || s.Shared[0].Database != "" || s.Tenants[2].Err == nil || s.Clean() {
		t.Errorf("status %+v", s)
	}

	// What both databases say about a file is said once.
	shared, source := workshop(t)
	source[0].Checksum = "another"
	_, err = w.runner(shared, source).Up(context.Background(), migrate.Options{})
	var changed *migrate.ChangedError
	if !errors.As(err, &changed) || changed.Targets != 2 || strings.Count(err.Error(), "was changed") != 1 {
		t.Errorf("a changed file: %v", err)
	}
}
