package isolationtest_test

import (
	"net/url"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgbouncertest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolationtest"
)

// TestRowLevel tries the doors on shared tables. With ROWHOUSE_PROOF=1 it tries all of
// their modes.
func TestRowLevel(t *testing.T) {
	t.Parallel()
	names := []string{plainDoor, "sql"}
	if pgtest.Proof() {
		names = isolationtest.DoorNames()
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			groups := isolationtest.Groups()
			if name == "sql" {
				groups = pooled()
			}
			runRow(t, rowConfig(t), name, groups...)
		})
	}
}

// TestRowLevelThroughPgBouncer: the setting ends with the transaction, as the path does.
func TestRowLevelThroughPgBouncer(t *testing.T) {
	t.Parallel()
	c := rowConfig(t)
	c.PoolerURL = pgbouncertest.Start(t, c.AppURL, "default_pool_size=8")
	runRow(t, c, plainDoor, pooled()...)
}

func runRow(t *testing.T, c isolationtest.StreetConfig, door string, groups ...string) {
	t.Helper()
	street := newStreet(t, c)
	isolationtest.Run(t, isolationtest.Target{
		Street: street, Open: street.Doors()[door], Load: load(door), Capabilities: street.Capabilities(),
	}, groups...)
}

// rowConfig is the row level in a database of this test's own.
func rowConfig(t testing.TB) isolationtest.StreetConfig {
	t.Helper()
	names, base := isolation.DefaultNames(), pgtest.Database(t)
	app := pgtest.Role(t, base, "")
	u, err := url.Parse(app)
	if err != nil {
		t.Fatal(err)
	}
	level := row.New(names, row.GrantTo(u.User.Username()))
	return isolationtest.StreetConfig{URL: base, AppURL: app, Level: level, Names: names}
}
