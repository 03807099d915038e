package rowhouse_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// psql asks as any program would that is given the environment.
func psql(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command(pgtest.Need(t, "psql"), append(args, "-XAtc", "SHOW search_path")...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func variable(env []string, name string) string {
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// Both ways of giving a program a database enter the tenant, also where schema and
// database have names that need every kind of quoting.
func TestProgramsEnterExactlyOneTenant(t *testing.T) {
	t.Parallel()
	c := config(t)
	h := open(t, c)
	acme := create(t, h, "acme")
	odd := acme.Clone()
	odd.Placement.Schema = `A "b" \c 'd' é,%&=+ e`
	odd.Placement.Database = ""
	for _, who := range []*tenant.Tenant{acme, odd} {
		env, err := h.Environ(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		want := `"` + strings.ReplaceAll(who.Placement.Schema, `"`, `""`) + `", "shared", "extensions", "pg_temp"`
		if got := psql(t, env); got != want {
			t.Errorf("by variables: %s, want %s", got, want)
		}
		if got := psql(t, nil, variable(env, "DATABASE_URL")); got != want {
			t.Errorf("by URL: %s, want %s", got, want)
		}
		if variable(env, "ROWHOUSE_SCHEMA") != who.Placement.Schema || variable(env, "ROWHOUSE_TENANT") != "acme" || variable(env, "ROWHOUSE_TENANT_ID") != who.ID.String() {
			t.Errorf("%q", env)
		}
	}
}

// The URL keeps what the configured one says: passwords with every character,
// sockets, settings, certificates.
func TestEnvironKeepsTheConnectionString(t *testing.T) {
	t.Parallel()
	base := config(t)
	h := open(t, base)
	acme := create(t, h, "acme")
	const password = `p@s:s/w?r#d %41&=+'\é`
	for name, c := range map[string]struct {
		direct string
		check  func(u *url.URL) bool
	}{
		"password": {"postgres://u:" + url.QueryEscape("x") + "@db.example:6432/app?sslmode=require", func(u *url.URL) bool { return u.Host == "db.example:6432" && u.Query().Get("sslmode") == "require" }},
		"keywords": {`host=db.example user=u password='p@s:s/w?r#d %41&=+\'\\é' dbname='my db' sslmode = verify-full sslrootcert=system`, func(u *url.URL) bool {
			got, _ := u.User.Password()
			return got == password && u.Path == "/my db" && u.Query().Get("sslmode") == "verify-full" && u.Query().Get("sslrootcert") == "system"
		}},
		"socket": {"postgres:///app?host=/var/run/postgresql&port=5433&user=u", func(u *url.URL) bool {
			return u.Host == "" && u.Query().Get("host") == "/var/run/postgresql" && u.Query().Get("port") == "5433"
		}},
		"settings": {"postgres://u@db/app?application_name=my%20app&search_path=other&options=-c%20jit%3Doff", func(u *url.URL) bool {
			o := u.Query().Get("options")
			return strings.HasPrefix(o, `-c jit=off -c application_name=my\ app -c search_path="tenant_`) && strings.Count(o, "search_path") == 1
		}},
	} {
		moved := base
		moved.Servers = map[string]rowhouse.Server{rowhouse.Main: base.Servers[rowhouse.Main], "far": {URL: c.direct}}
		far := open(t, moved)
		there := acme.Clone()
		there.Placement.Server = "far"
		env, err := far.Environ(t.Context(), there)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		u, err := url.Parse(variable(env, "DATABASE_URL"))
		if err != nil || !c.check(u) {
			t.Errorf("%s: %s, %v", name, u, err)
		}
	}
}

func TestEnvironRefusesAPoolerWithoutAWayPast(t *testing.T) {
	t.Parallel()
	c := config(t)
	acme := create(t, open(t, c), "acme")
	pooled := c
	pooled.Servers = map[string]rowhouse.Server{rowhouse.Main: c.Servers[rowhouse.Main], "far": {URL: "postgres://far/app", Pooler: "transaction"}}
	there := acme.Clone()
	there.Placement.Server = "far"
	if _, err := open(t, pooled).Environ(t.Context(), there); !errors.Is(err, pools.ErrNoDirectURL) {
		t.Errorf("environ: %v", err)
	}
}

// Tenants come from a table of the user's own; their schemas are used as they are.
func TestTenantsFromATableOfTheUsersOwn(t *testing.T) {
	t.Parallel()
	c := config(t)
	conn, err := pgx.Connect(t.Context(), c.Servers[rowhouse.Main].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `CREATE TABLE accounts (id int PRIMARY KEY, subdomain text, name text, schema text);
		INSERT INTO accounts VALUES (1, 'acme', 'Acme Inc.', 'Customer "One"'), (2, 'potter', 'Potter', 'potter');
		CREATE SCHEMA "Customer ""One"""; CREATE SCHEMA potter`, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	c.RegistryQuery = "SELECT id, subdomain, name, schema FROM public.accounts"
	h := open(t, c)
	if _, err := h.Migrate().Up(t.Context(), migrateAll()); err != nil {
		t.Fatal(err)
	}
	for _, slug := range []string{"acme", "potter"} {
		who, err := h.Lookup(t.Context(), tenant.BySlug(slug))
		if err != nil {
			t.Fatal(err)
		}
		write(t, h, who, slug)
		if got, err := read(t, h, who); err != nil || got != slug {
			t.Errorf("%s reads %q, %v", slug, got, err)
		}
		if _, err := h.Lifecycle().ReadOnly(t.Context(), who.ID); !errors.Is(err, tenant.ErrReadOnlySource) {
			t.Errorf("read-only: %v", err)
		}
		write(t, h, who, "still")
	}
	if _, err := h.Lifecycle().Create(t.Context(), lifecycle.New{Slug: "loki"}); !errors.Is(err, tenant.ErrReadOnlySource) {
		t.Errorf("create: %v", err)
	}
}

func TestProgramsAreReadOnlyInAReadOnlyTenant(t *testing.T) {
	t.Parallel()
	h := open(t, config(t))
	acme := create(t, h, "acme")
	acme, err := h.Lifecycle().ReadOnly(t.Context(), acme.ID)
	if err != nil {
		t.Fatal(err)
	}
	env, err := h.Environ(t.Context(), acme)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pgtest.Need(t, "psql"), "-XAtc", "INSERT INTO notes (body) VALUES ('x')")
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("psql wrote into a read-only tenant: %s", out)
	}
}
