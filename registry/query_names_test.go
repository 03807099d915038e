package registry_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// openTable opens a query over rows of (id, slug, schema, host, status).
func openTable(t *testing.T, rows string) (*registry.Query, registry.DB) {
	t.Helper()
	db := pool(t, pgx.QueryExecModeExec)
	exec(t, db, "CREATE TABLE accounts (id int PRIMARY KEY, slug text, schema text, host text, status text); INSERT INTO accounts VALUES "+rows)
	q, err := registry.OpenQuery(t.Context(), db, "SELECT * FROM accounts", registry.QueryOptions{Server: "main"})
	if err != nil {
		t.Fatal(err)
	}
	return q, db
}

// A load by id or slug must not decide whose a host or a slug is that two rows hold.
func TestANameOfTwoRowsLeadsToNeitherWhateverWasLoadedBefore(t *testing.T) {
	t.Parallel()
	q, db := openTable(t, "(1, 'acme', 's1', 'a.example.com'), (2, 'other', 's2', 'b.example.com')")
	c := registry.NewCache(q, registry.CacheOptions{})
	t.Cleanup(c.Close)
	load := func() {
		for _, id := range []string{"1", "2"} {
			_ = find(t, c, tenant.ByID(registry.DeriveID(id)))
		}
	}
	refused := func(key tenant.Key) {
		t.Helper()
		got, err := c.Lookup(t.Context(), key)
		if _, invalid := errors.AsType[*tenant.InvalidError](err); !invalid {
			t.Errorf("%s leads to %+v, %v; want an InvalidError", key, got, err)
		}
	}
	load()
	exec(t, db, "UPDATE accounts SET host = 'A.example.com'")
	c.InvalidateAll()
	load()
	refused(tenant.ByHost("a.example.com"))
	exec(t, db, "UPDATE accounts SET slug = 'ACME' WHERE id = 2")
	c.InvalidateAll()
	load()
	refused(tenant.BySlug("acme"))
	refused(tenant.BySlug("ACME"))
}
