package verify_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/verify"
)

// rowConfig is a config of tenants that share their tables.
func rowConfig(t *testing.T, tenants ...string) verify.Config {
	t.Helper()
	c := config(t, tenants...)
	role, err := url.Parse(pgtest.Role(t, string(c.Conns.(server)), ""))
	if err != nil {
		t.Fatal(err)
	}
	c.Level = row.New(isolation.DefaultNames(), row.GrantTo(role.User.Username()))
	return c
}

// Two tenants hold equal ids in the tables that they share; the upgrade keeps the rows
// of each, and ends where a new installation begins.
func TestAnUpgradeOfSharedTables(t *testing.T) {
	t.Parallel()
	c := rowConfig(t, users, emails, "UPDATE users SET email = name || '@example.com'; ALTER TABLE users DROP CONSTRAINT users_pkey; ALTER TABLE users ADD PRIMARY KEY (id)")
	c.From = 1
	c.Fixture = "INSERT INTO users VALUES (1, 'Ann'), (2, NULL)"
	c.Expect = "SELECT id, name FROM users"
	r := run(t, c)
	if !r.Clean() || len(r.Data) != 2 {
		t.Errorf("%+v", r)
	}
	for _, d := range r.Data {
		if want := []string{"1 | Ann", `2 | \N`}; !slices.Equal(d.Before, want) || !slices.Equal(d.After, want) {
			t.Errorf("%s: before %q, after %q", d.Tenant, d.Before, d.After)
		}
	}
}

// What a migration makes only once, and what it takes from the tenants.
func TestAnUpgradeOfSharedTablesThatDiffers(t *testing.T) {
	t.Parallel()
	c := rowConfig(t, users, "ALTER TABLE users ADD email text", "-- +rowhouse each-tenant\nDELETE FROM users WHERE id = 2")
	c.From = 1
	c.Fixture = "INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob')"
	c.Expect = "SELECT name FROM users"
	made := false
	c.Tenant = withGo(t, c.Tenant, func() string {
		made = !made
		if made {
			return "CREATE INDEX once ON users (tenant_id, name)"
		}
		return "SELECT 1"
	})
	r := run(t, c)
	if len(r.Data) != 2 || r.Data[0].Survived() || !slices.Equal(r.Data[1].After, []string{"Ann"}) {
		t.Errorf("%+v", r)
	}
	if got := found(r); len(got) != 1 || !strings.HasPrefix(got[0], "tables that tenants share: index users.once: ") {
		t.Errorf("found %q", got)
	}
}

func TestAnUpgradeOfSharedTablesNeedsARole(t *testing.T) {
	t.Parallel()
	c := config(t, users)
	c.Level = row.New(isolation.DefaultNames())
	if _, err := verify.Run(t.Context(), c); !errors.Is(err, migrate.ErrNoRole) {
		t.Errorf("got %v", err)
	}
}

// withGo adds a migration whose statement is asked for when it runs.
func withGo(t *testing.T, source migrate.Source, next func() string) migrate.Source {
	t.Helper()
	source, err := source.Add(migrate.Migration{Version: source.Head() + 1, Name: "go", Go: &migrate.GoFuncs{
		Up: func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, next())
			return err
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return source
}
