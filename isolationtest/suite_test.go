package isolationtest_test

import (
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgbouncertest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/isolationtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

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

func TestSchemaLevel(t *testing.T) {
	t.Parallel()
	run(t, newStreet(t, config(t)))
}

func TestSchemaLevelThroughPgBouncer(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.PoolerURL = pgbouncertest.Start(t, c.URL)
	run(t, newStreet(t, c))
}

// run tries every door in every mode.
func run(t *testing.T, street *isolationtest.PostgresStreet) {
	for name, open := range street.Doors() {
		t.Run(name, func(t *testing.T) {
			isolationtest.Run(t, isolationtest.Target{Street: street, Open: open})
		})
	}
}
