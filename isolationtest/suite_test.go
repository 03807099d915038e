package isolationtest_test

import (
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgbouncertest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/isolationtest"
)

// groups are those that a mode of a door matters to: what all modes share is tried
// with the doors' usual ones, all of it. With ROWHOUSE_PROOF=1 each mode tries all.
func groups(door string) []string {
	switch usual := door == plainDoor || door == "sql"; {
	case usual, pgtest.Proof():
		return isolationtest.Groups()
	case door == "pgx batch":
		return []string{"visibility", "writes", "no tenant", "pool reuse", "aborted transaction", "cancellation", "escapes", "fence"}
	}
	return []string{"visibility", "writes", "pool reuse", "aborted transaction", "prepared statements"}
}

// pooled are the groups to which it matters who stands between door and server, or
// all with ROWHOUSE_PROOF=1.
func pooled() []string {
	if pgtest.Proof() {
		return isolationtest.Groups()
	}
	return []string{"writes", "pool reuse", "aborted transaction", "panic", "cancellation", "concurrency", "prepared statements", "fence"}
}

// TestSchemaLevel tries every door in every mode.
func TestSchemaLevel(t *testing.T) {
	t.Parallel()
	for _, name := range isolationtest.DoorNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			street := newStreet(t, config(t))
			isolationtest.Run(t, isolationtest.Target{Street: street, Open: street.Doors()[name], Load: load(name)}, groups(name)...)
		})
	}
}

// load is the whole crowd for each door, and less for its other modes.
func load(door string) isolationtest.Load {
	if door == "sql" || door == plainDoor {
		return isolationtest.ShortLoad()
	}
	return smallLoad()
}

// TestSchemaLevelThroughPgBouncer tries the doors behind a pooler in transaction
// mode, where modes that name statements are served without names.
func TestSchemaLevelThroughPgBouncer(t *testing.T) {
	t.Parallel()
	names := []string{plainDoor, "sql"}
	if pgtest.Proof() {
		names = []string{plainDoor, "pgx simple protocol", "pgx batch", "sql"}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			c.PoolerURL = pgbouncertest.Start(t, c.URL, "default_pool_size=8")
			street := newStreet(t, c)
			isolationtest.Run(t, isolationtest.Target{Street: street, Open: street.Doors()[name], Load: load(name)}, pooled()...)
		})
	}
}

// TestDatabaseLevel tries both doors over fewer pools than there are databases. The
// second tries what the pools matter to, or all with ROWHOUSE_PROOF=1.
func TestDatabaseLevel(t *testing.T) {
	t.Parallel()
	for _, name := range []string{plainDoor, "sql"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			street, groups := newStreet(t, databases(t)), isolationtest.Groups()
			if name == "sql" {
				groups = pooled()
			}
			isolationtest.Run(t, isolationtest.Target{Street: street, Open: street.Doors()[name], Load: crowdedLoad()}, groups...)
		})
	}
}

// crowdedLoad has more tenants than there may be pools.
func crowdedLoad() isolationtest.Load {
	return isolationtest.Load{Goroutines: 20, Connections: 4, Tenants: 6, Statements: 6}
}

// databases is the database level beside a database of this test's own.
func databases(t testing.TB) isolationtest.StreetConfig {
	names := isolation.DefaultNames()
	names.Prefix = pgtest.Prefix(t)
	level := database.New(isolation.Settings{Names: names})
	return isolationtest.StreetConfig{URL: pgtest.Database(t), Level: level, Names: names}
}

func TestDoorsHaveTheirNames(t *testing.T) {
	t.Parallel()
	doors := newStreet(t, config(t)).Doors()
	if names := isolationtest.DoorNames(); len(names) != len(doors) || slices.ContainsFunc(names, func(n string) bool { return doors[n] == nil }) {
		t.Errorf("names %q for %d doors", names, len(doors))
	}
}

// config is the schema level in a database of this test's own.
func config(t testing.TB) isolationtest.StreetConfig {
	names := isolation.DefaultNames()
	return isolationtest.StreetConfig{URL: pgtest.Database(t), Level: schema.New(names), Names: names}
}

func newStreet(t testing.TB, c isolationtest.StreetConfig) *isolationtest.PostgresStreet {
	t.Helper()
	street, err := isolationtest.NewStreet(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(street.Close)
	return street
}
