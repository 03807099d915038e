package registry_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// openTable opens a query over rows of (id, slug, schema, host, status).
func openTable(t *testing.T, rows string) (*registry.Query, registry.DB) {
	t.Helper()
	db := pool(t, pgx.QueryExecModeExec)
	exec(t, db, "CREATE TABLE accounts (id int PRIMARY KEY, slug text, schema text, host text, status text); INSERT INTO accounts VALUES "+rows)
	q, err := registry.OpenQuery(t.Context(), db, "SELECT * FROM accounts", registry.QueryOptions{Server: "main", Reserved: []string{"shared"}, Log: silent()})
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

// served returns the slugs of those who are, by the list and by each lookup: the two
// must agree.
func served(t *testing.T, q *registry.Query, ids ...string) string {
	t.Helper()
	var listed, found []string
	all, err := q.List(t.Context(), registry.Filter{Statuses: []tenant.Status{tenant.Active}})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range all {
		listed = append(listed, n.Slug)
	}
	for _, id := range ids {
		if n, err := q.Lookup(t.Context(), tenant.ByID(registry.DeriveID(id))); err != nil {
			t.Error(err)
		} else if n.Status.Serves() {
			found = append(found, n.Slug)
		}
	}
	if got, want := strings.Join(found, " "), strings.Join(listed, " "); got != want {
		t.Errorf("the ids lead to %q, the list serves %q", got, want)
	}
	return strings.Join(listed, " ")
}

// Rows that somebody adds while programs run.
func TestRowsThatBecomeWrongLater(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ row, want string }{
		"a stranger":            {"(2, 'b', 's2')", "acme b zoo"},
		"the schema of another": {"(2, 'b', 's1')", "zoo"},
		"the shared schema":     {"(2, 'b', 'shared')", "acme zoo"},
		"schema public":         {"(2, 'b', 'public')", "acme zoo"},
		"a twin but for case":   {"(2, 'Acme', 's2')", "zoo"},
		"the same slug":         {"(2, 'acme', 's2')", "zoo"},
		"a deleted twin":        {"(2, 'acme', 's1', NULL, 'deleted')", "acme zoo"},
		"a bad host":            {"(2, 'b', 's2', 'evil..com')", "acme b zoo"},
		"a bad status":          {"(2, 'b', 's2', NULL, 'asleep')", "acme zoo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, db := openTable(t, "(1, 'acme', 's1'), (3, 'zoo', 's3')")
			exec(t, db, "INSERT INTO accounts VALUES "+c.row)
			ids := []string{"1", "2", "3"}
			if strings.Contains(c.row, "'deleted'") {
				ids = []string{"1", "3"}
			}
			if got := served(t, q, ids...); got != c.want {
				t.Errorf("served are %q, want %q", got, c.want)
			}
			again, err := registry.OpenQuery(t.Context(), db, "SELECT * FROM accounts",
				registry.QueryOptions{Server: "main", Reserved: []string{"shared"}, Log: silent()})
			if err != nil {
				t.Fatalf("a program that starts now: %v", err)
			}
			if got := served(t, again, ids...); got != c.want {
				t.Errorf("a program that starts now serves %q, want %q", got, c.want)
			}
		})
	}
}

func TestARowIsToldOfOnce(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeExec)
	var log bytes.Buffer
	q, err := registry.OpenQuery(t.Context(), db,
		"SELECT * FROM (VALUES (1, 'evil', 's1', 'evil..com'), (NULL, 'nobody', 's2', NULL)) AS v(id, slug, schema, host)",
		registry.QueryOptions{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		found, err := q.Lookup(t.Context(), tenant.BySlug("evil"))
		if err != nil || found.Status != tenant.Active || len(found.Domains) != 0 {
			t.Errorf("got %+v, %v", found, err)
		}
	}
	if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "slug=evil served=true") {
		t.Errorf("the log says:\n%s", got)
	}
}
