package rowhouse_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// rowConfig is the same application whose new tenants share their tables.
func rowConfig(t *testing.T) rowhouse.Config {
	t.Helper()
	c := config(t)
	server := c.Servers[rowhouse.Main]
	server.AppURL = pgtest.Role(t, server.URL, "")
	c.Servers[rowhouse.Main] = server
	u, err := url.Parse(server.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	c.Isolation, c.AppRole = tenant.Row, u.User.Username()
	return c
}

func TestSharedTablesAreServed(t *testing.T) {
	t.Parallel()
	h := open(t, rowConfig(t))
	a, b := create(t, h, "a"), create(t, h, "b")
	own, err := h.Lifecycle().Create(t.Context(), lifecycle.New{Slug: "own", Isolation: tenant.Schema})
	if err != nil {
		t.Fatal(err)
	}
	all := []*tenant.Tenant{a, b, own}
	for _, who := range all {
		write(t, h, who, "of "+who.Slug)
	}
	for _, who := range all {
		if body, err := first(t, h, who); err != nil || body != "of "+who.Slug {
			t.Errorf("%s reads %q, %v", who.Slug, body, err)
		}
	}
	var seen atomic.Int32
	err = h.ForEach(t.Context(), registry.Filter{Level: tenant.Row}, func(ctx context.Context, who *tenant.Tenant) error {
		seen.Add(1)
		return nil
	})
	if err != nil || seen.Load() != 2 {
		t.Errorf("%d tenants of the row level, %v", seen.Load(), err)
	}
	status, err := h.Migrate().Status(t.Context(), registry.Filter{})
	if err != nil || !status.Clean() || len(status.Tenants) != 2 {
		t.Errorf("status %+v, %v", status, err)
	}
}

// first reads a tenant's first note: its id is not 1 where others have notes too.
func first(t *testing.T, h *rowhouse.House, who *tenant.Tenant) (body string, err error) {
	t.Helper()
	err = h.SQL().QueryRowContext(in(t, who), "SELECT body FROM notes ORDER BY id LIMIT 1").Scan(&body)
	return body, err
}

// soon fails the test unless f succeeds, or fails, once the doors have heard of a change.
func soon(t *testing.T, what string, succeeds bool, f func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = f(); (err == nil) == succeeds {
			return
		}
	}
	t.Errorf("%s gives %v", what, err)
}

func TestLifeOfATenantWhoSharesItsTables(t *testing.T) {
	t.Parallel()
	h := open(t, rowConfig(t))
	a, b := create(t, h, "a"), create(t, h, "b")
	for _, who := range []*tenant.Tenant{a, b} {
		write(t, h, who, "of "+who.Slug)
	}
	life := h.Lifecycle()
	step := func(what string, f func(context.Context, tenant.ID) (*tenant.Tenant, error), readable, writable bool) {
		t.Helper()
		if _, err := f(t.Context(), a.ID); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		soon(t, "after "+what+" a write", writable, func() error {
			_, err := h.SQL().ExecContext(in(t, a), "UPDATE notes SET body = body")
			return err
		})
		soon(t, "after "+what+" a read", readable, func() error { _, err := first(t, h, a); return err })
		if body, err := first(t, h, b); err != nil || body != "of b" {
			t.Errorf("after %s the neighbour reads %q, %v", what, body, err)
		}
	}
	restore := func(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) { return life.Restore(ctx, id, "") }
	step("read-only", life.ReadOnly, true, false)
	step("resume", life.Resume, true, true)
	step("suspend", life.Suspend, false, false)
	step("resume", life.Resume, true, true)
	step("delete", life.Delete, false, false)
	step("restore", restore, true, true)
	step("reset", life.Reset, false, true) // there is nothing to read
	write(t, h, a, "again")
	step("delete", life.Delete, false, false)
	step("purge", life.Purge, false, false)
	if _, err := life.Restore(t.Context(), a.ID, ""); err == nil {
		t.Error("a purged tenant is restored")
	}
}

func TestServingAsWhoSeesEverythingIsRefused(t *testing.T) {
	t.Parallel()
	c := rowConfig(t)
	open(t, c)
	strong := c
	strong.Servers = map[string]rowhouse.Server{rowhouse.Main: {URL: c.Servers[rowhouse.Main].URL}}
	if _, err := rowhouse.Open(t.Context(), strong); !errors.Is(err, tenantpgx.ErrBypass) {
		t.Errorf("as a superuser: %v", err)
	}
	strong.OperateOnly = true
	h, err := rowhouse.Open(t.Context(), strong)
	if err != nil {
		t.Fatalf("to operate: %v", err)
	}
	defer func() { _ = h.Close() }()
	a := create(t, h, "a")
	if _, err := first(t, h, a); !errors.Is(err, tenantpgx.ErrBypass) {
		t.Errorf("a read: %v", err)
	}
	if _, err := h.Environ(t.Context(), a); !errors.Is(err, rowhouse.ErrNoAppURL) {
		t.Errorf("a program: %v", err)
	}
	execute(t, c, "ALTER TABLE pooled.notes NO FORCE ROW LEVEL SECURITY; ALTER TABLE pooled.notes OWNER TO "+c.AppRole)
	if _, err := rowhouse.Open(t.Context(), c); !errors.Is(err, rowhouse.ErrUnprotected) {
		t.Errorf("as the owner without FORCE: %v", err)
	}
}

func execute(t *testing.T, c rowhouse.Config, sql string) {
	t.Helper()
	ctx := context.Background() // clean-ups run when the test's is over
	conn, err := pgx.Connect(ctx, c.Servers[rowhouse.Main].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestInitMakesTheApplicationsRole(t *testing.T) {
	t.Parallel()
	c := rowConfig(t)
	c.AppRole += "_made"
	server := c.Servers[rowhouse.Main]
	u, err := url.Parse(server.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(c.AppRole, "it's a secret")
	server.AppURL = u.String()
	c.Servers[rowhouse.Main] = server
	t.Cleanup(func() { execute(t, c, "DROP OWNED BY "+c.AppRole+" CASCADE; DROP ROLE "+c.AppRole) })
	h := open(t, c)
	a := create(t, h, "a")
	write(t, h, a, "x")
	if err := rowhouse.Init(t.Context(), c); err != nil {
		t.Errorf("again: %v", err)
	}
	execute(t, c, "ALTER ROLE "+c.AppRole+" BYPASSRLS")
	if err := rowhouse.Init(t.Context(), c); err == nil {
		t.Error("a role that bypasses policies is accepted")
	}
	execute(t, c, "ALTER ROLE "+c.AppRole+" NOBYPASSRLS")
}

func TestProgramsSeeTheTenantsRowsOnly(t *testing.T) {
	t.Parallel()
	h := open(t, rowConfig(t))
	a, b := create(t, h, "a"), create(t, h, "b")
	for _, who := range []*tenant.Tenant{a, b} {
		write(t, h, who, "of "+who.Slug)
		env, err := h.Environ(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range [][]string{nil, {variable(env, "DATABASE_URL")}} {
			cmd := exec.Command(pgtest.Need(t, "psql"), append(by, "-XAtc", "SELECT string_agg(body, ',') FROM notes")...)
			if by == nil {
				cmd.Env = append(os.Environ(), env...)
			}
			out, err := cmd.CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != "of "+who.Slug {
				t.Errorf("%s: psql reads %q, %v", who.Slug, got, err)
			}
		}
	}
}
