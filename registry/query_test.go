package registry_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const accounts = `CREATE TABLE accounts (
	id bigint PRIMARY KEY, subdomain varchar(50) UNIQUE, name text, schema name, state text, host text, extra jsonb);
INSERT INTO accounts VALUES
	(1, 'acme', 'Acme Inc', 'acme', 'on', 'acme.example.com', '{"colour": "red"}'),
	(2, 'Other', NULL, 'Odd "Name"', 'off', NULL, NULL)`

// The last line is a comment, as a user might leave it.
const accountsQuery = `SELECT id, subdomain, name, schema, host, extra AS settings, '{"ring":"canary"}'::jsonb AS labels,
	CASE state WHEN 'off' THEN 'suspended' ELSE 'active' END AS status, 42 AS whatever FROM accounts -- all of them;`

func openAccounts(t *testing.T, mode pgx.QueryExecMode) *registry.Query {
	t.Helper()
	db := pool(t, mode)
	exec(t, db, accounts)
	q, err := registry.OpenQuery(t.Context(), db, accountsQuery, registry.QueryOptions{Server: "main"})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestTenantsOfTheUsersOwnTable(t *testing.T) {
	t.Parallel()
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			q := openAccounts(t, mode)
			for _, key := range []tenant.Key{
				tenant.BySlug("acme"), tenant.BySlug("ACME"), tenant.ByHost("acme.example.com"), tenant.ByID(registry.DeriveID("1")),
			} {
				got, err := q.Lookup(t.Context(), key)
				if err != nil {
					t.Fatal(err)
				}
				want := tenant.Placement{Level: tenant.Schema, Server: "main", Schema: "acme", Epoch: 1}
				colour, _ := tenant.Setting[string](got.Settings, "colour")
				if got.ID != registry.DeriveID("1") || got.Name != "Acme Inc" || got.Placement != want || colour != "red" ||
					got.Status != tenant.Active || got.PrimaryHost() != "acme.example.com" || got.Labels["ring"] != "canary" {
					t.Errorf("%s: got %+v", key, got)
				}
			}
			other, err := q.Lookup(t.Context(), tenant.BySlug("other"))
			if err != nil || other.Name != "Other" || other.Placement.Schema != `Odd "Name"` || other.Status != tenant.Suspended {
				t.Errorf("got %+v, %v", other, err)
			}
		})
	}
}

func TestKeysThatAreNobodysInTheUsersTable(t *testing.T) {
	t.Parallel()
	q := openAccounts(t, pgx.QueryExecModeCacheStatement)
	for _, key := range []tenant.Key{
		tenant.BySlug("nobody"), tenant.BySlug("' OR true --"), tenant.BySlug("$1"), tenant.BySlug(""), tenant.BySlug("a\x00"),
		tenant.ByHost("acme"), tenant.ByID(tenant.NewID()), tenant.ByID(registry.DeriveID("3")), {Kind: tenant.KeyID, Value: "1"}, {},
	} {
		if got, err := q.Lookup(t.Context(), key); !errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("%s: got %v, %v; want tenant.ErrNotFound", key, got, err)
		}
	}
}

func TestListOfTheUsersTable(t *testing.T) {
	t.Parallel()
	q := openAccounts(t, pgx.QueryExecModeCacheStatement)
	for _, c := range []struct {
		filter registry.Filter
		want   []string
	}{
		{registry.Filter{}, []string{"Other", "acme"}},
		{registry.Filter{Slugs: []string{"other"}}, []string{"Other"}},
		{registry.Filter{IDs: []tenant.ID{registry.DeriveID("1")}}, []string{"acme"}},
		{registry.Filter{Statuses: []tenant.Status{tenant.Suspended}}, []string{"Other"}},
		{registry.Filter{Labels: map[string]string{"ring": "canary"}}, []string{"Other", "acme"}},
		{registry.Filter{Labels: map[string]string{"ring": "late"}}, nil},
		{registry.Filter{Level: tenant.Row}, nil},
	} {
		found, err := q.List(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range found {
			got = append(got, n.Slug)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.filter, got, c.want)
		}
	}
}

func TestTheUsersTableIsReadOnly(t *testing.T) {
	t.Parallel()
	q := openAccounts(t, pgx.QueryExecModeCacheStatement)
	n := active("acme")
	for what, err := range map[string]error{
		"create": q.Create(t.Context(), n, registry.Event{}),
		"update": q.Update(t.Context(), n, registry.Event{}),
	} {
		if !errors.Is(err, tenant.ErrReadOnlySource) {
			t.Errorf("%s: got %v, want tenant.ErrReadOnlySource", what, err)
		}
	}
}

func TestUUIDsAreUsedAsTheyAre(t *testing.T) {
	t.Parallel()
	db, id := pool(t, pgx.QueryExecModeCacheStatement), tenant.NewID()
	sql := "SELECT '" + id.String() + "'::uuid AS id, 'acme' AS slug;"
	q, err := registry.OpenQuery(t.Context(), db, sql, registry.QueryOptions{Level: tenant.Row, Pooled: "pooled"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := q.Lookup(t.Context(), tenant.ByID(id))
	if err != nil || got.ID != id || got.Placement.Schema != "pooled" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// What cannot be right is refused when the query is opened.
func TestQueriesThatAreRefused(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeCacheStatement)
	for name, sql := range map[string]string{
		"no id":            "SELECT 'a' AS slug, 'a' AS schema",
		"no slug":          "SELECT 1 AS id, 'a' AS schema",
		"no schema":        "SELECT 1 AS id, 'a' AS slug",
		"two slugs":        "SELECT 1 AS id, 'a' AS slug, 'a' AS subdomain, 'a' AS schema",
		"one schema twice": "SELECT id, 'a' || id AS slug, 'a' AS schema FROM generate_series(1, 2) AS id",
		"no such table":    "SELECT * FROM nowhere",
		"no SELECT":        "DELETE FROM pg_class",
		"writes":           "WITH x AS (CREATE TABLE y ()) SELECT 1 AS id, 'a' AS slug, 'a' AS schema",
		"two statements":   "SELECT 1 AS id, 'a' AS slug, 'a' AS schema); DROP SCHEMA public; SELECT (1",
		"empty":            "",
	} {
		if _, err := registry.OpenQuery(t.Context(), db, sql, registry.QueryOptions{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A row that makes no sense is a tenant that is not served, and says why.
func TestRowsThatAreRefused(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeCacheStatement)
	for field, columns := range map[string]string{
		"status":   "1 AS id, 'a' AS slug, 'a' AS schema, 'sleeping' AS status",
		"settings": "1 AS id, 'a' AS slug, 'a' AS schema, '[]'::json AS settings",
		"labels":   "1 AS id, 'a' AS slug, 'a' AS schema, '{\"a\": 1}'::json AS labels",
	} {
		refusedRow(t, db, columns, field)
	}
	for _, slug := range []string{"''", "'%`touch x`'", "E'a\\x1b[2J'", "E'a\\nb'", "repeat('a', 254)", "'a%x'"} {
		refusedRow(t, db, "1 AS id, "+slug+" AS slug, 'a' AS schema", "slug")
	}
	for _, schema := range []string{"NULL::text", "''", "'pg_catalog'", "'information_schema'", "'rowhouse'", "'public'", "'shared'", "repeat('a', 64)"} {
		refusedRow(t, db, "1 AS id, 'a' AS slug, "+schema+" AS schema", "schema")
	}
}

func refusedRow(t *testing.T, db registry.DB, columns, field string) {
	t.Helper()
	q, err := registry.OpenQuery(t.Context(), db, "SELECT "+columns, registry.QueryOptions{Reserved: []string{"shared"}, Log: silent()})
	if err != nil {
		t.Fatalf("%s: %v", columns, err)
	}
	failed, err := q.List(t.Context(), registry.Filter{})
	if err != nil || len(failed) != 1 || failed[0].Status != tenant.Failed || failed[0].Placement.Schema != "" {
		t.Errorf("%s: got %+v, %v; want a failed tenant", columns, failed, err)
	}
	if got, err := q.Lookup(t.Context(), tenant.ByID(registry.DeriveID("1"))); err != nil || got.Status.Serves() {
		t.Errorf("%s: the id leads to %+v, %v", columns, got, err)
	}
	faults, err := q.Faults(t.Context())
	if err != nil || len(faults) != 1 || faults[0].Err.Field != field || faults[0].Served {
		t.Errorf("%s: got %+v, %v; want one fault of %s", columns, faults, err, field)
	}
}
